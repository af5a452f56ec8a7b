using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Castalia.Cli.Display;

/// <summary>
/// Draws progress with rate and time left: live bars on a terminal, a line every few seconds elsewhere. Work that lasts under two
/// seconds stays silent where output is not a terminal.
/// </summary>
internal static class ProgressDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5), SilentFor = TimeSpan.FromSeconds(2);

    /// <summary>Does the work while its progress is shown on standard error.</summary>
    public static async Task<T> ShowAsync<T>(Func<IProgress<WorkProgress>, T> work)
    {
        if (Console.IsErrorRedirected || Console.IsOutputRedirected)
            return await Task.Run(() => work(new Lines()));
        var tracks = new ConcurrentDictionary<int, Track>(); // by the bar's number
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new TextColumn(tracks, track => track.Count),
                new TextColumn(tracks, track => track.Describe()), new TextColumn(tracks, track => track.Last.Note ?? ""))
            .StartAsync(context => Task.Run(() => work(new Bars(context, console, tracks))));
    }

    /// <summary>Writes a line that stays, above whatever bars are being drawn.</summary>
    public static void Say(IProgress<WorkProgress> progress, string line)
    {
        if (progress is Bars bars)
            bars.Say(line);
        else
            Console.Error.WriteLine(line);
    }

    /// <summary>Amount with unit: bytes in binary multiples, everything else with separators.</summary>
    private static string Amount(double value, string unit) => unit == "bytes"
        ? value >= 1 << 20 ? string.Create(CultureInfo.InvariantCulture, $"{value / (1 << 20):N1} MiB") : string.Create(CultureInfo.InvariantCulture, $"{value / 1024:N0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{value:N0} {unit}");

    private static string Rate(double perSecond, string unit) => unit == "bytes" ? $"{Amount(perSecond, unit)}/s"
        : string.Create(CultureInfo.InvariantCulture, $"{(perSecond >= 100 ? perSecond.ToString("N0", CultureInfo.InvariantCulture) : perSecond.ToString("0.0", CultureInfo.InvariantCulture))} {unit}/s");

    private static string Left(TimeSpan left) => left.TotalHours >= 1 ? $"{(int)left.TotalHours} h {left.Minutes:00} min left"
        : left.TotalMinutes >= 1 ? $"{left.Minutes} min {left.Seconds:00} s left" : $"{left.Seconds} s left";

    /// <summary>What is known of one piece of work: where it began, so that resumed work shows the rate of this session.</summary>
    private sealed class Track
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly long _first;

        public Track(WorkProgress first) => (_first, Last) = (first.Done, first);

        public WorkProgress Last { get; set; }

        public string Count => Last.Total is { } total
            ? $"{(Last.Unit == "bytes" ? Amount(Last.Done, "bytes") : Last.Done.ToString("N0", CultureInfo.InvariantCulture))} / {Amount(total, Last.Unit)}"
            : Amount(Last.Done, Last.Unit);

        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

        public double PerSecond => Elapsed.TotalSeconds < 0.2 ? 0 : (Last.Done - _first) / Elapsed.TotalSeconds;

        public string Describe()
        {
            string rate = PerSecond > 0 ? Rate(PerSecond, Last.Unit) : "";
            return PerSecond > 0 && Last.Total is { } total && total > Last.Done
                ? $"{rate}, {Left(TimeSpan.FromSeconds(Math.Min((total - Last.Done) / PerSecond, 1e8)))}" : rate;
        }
    }

    private sealed class Lines : IProgress<WorkProgress>
    {
        private readonly Lock _lock = new();
        private Track? _track;
        private TimeSpan _shown;

        public void Report(WorkProgress value)
        {
            lock (_lock)
            {
                if (_track is null || _track.Last.Work != value.Work)
                    (_track, _shown) = (new Track(value), SilentFor - LineEvery);
                _track.Last = value;
                bool done = value.Total is { } total && value.Done >= total;
                if (_track.Elapsed < SilentFor || (!done && _track.Elapsed - _shown < LineEvery))
                    return;
                _shown = _track.Elapsed;
                string share = value.Total is { } all and > 0 ? $"{100 * value.Done / all,3}%  " : "";
                string of = value.Total is { } count ? $"{Amount(value.Done, value.Unit)} of {Amount(count, value.Unit)}" : Amount(value.Done, value.Unit);
                Console.Error.WriteLine($"{share}{value.Work}: {of}, {_track.Describe()}{(value.Note is null ? "" : $", {value.Note}")}");
            }
        }
    }

    private sealed class Bars(ProgressContext context, IAnsiConsole console, ConcurrentDictionary<int, Track> tracks) : IProgress<WorkProgress>
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, (ProgressTask Task, Track Track)> _tasks = [];

        public void Say(string line)
        {
            lock (_lock)
            {
                foreach ((ProgressTask task, _) in _tasks.Values)
                    task.StopTask();
                _tasks.Clear();
            }
            console.WriteLine(line);
        }

        public void Report(WorkProgress value)
        {
            lock (_lock)
            {
                if (!_tasks.TryGetValue(value.Work, out var entry))
                {
                    foreach ((ProgressTask task, _) in _tasks.Values)
                        if (!task.IsFinished)
                            task.StopTask();
                    entry = _tasks[value.Work] = (context.AddTask(Markup.Escape(value.Work)), new Track(value));
                    tracks[entry.Task.Id] = entry.Track;
                }
                entry.Track.Last = value;
                entry.Task.IsIndeterminate = value.Total is null;
                entry.Task.MaxValue = Math.Max(1, value.Total ?? 1);
                entry.Task.Value = value.Total is null ? 0 : value.Done;
            }
        }
    }

    /// <summary>A column that says something of a bar's work.</summary>
    private sealed class TextColumn(ConcurrentDictionary<int, Track> tracks, Func<Track, string> text) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Markup(tracks.TryGetValue(task.Id, out Track? track) ? $"[grey]{Markup.Escape(text(track))}[/]" : "");
    }
}
