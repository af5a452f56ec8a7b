using System.Diagnostics;
using System.Globalization;
using Castalia.Testing;

namespace Castalia.Evaluation.Tests.Answers;

/// <summary>A process that is killed while it asks, and others that go on.</summary>
public sealed class KilledRunTests : IDisposable
{
    private const int Requests = 60;

    private static readonly string Child = Path.Combine(AppContext.BaseDirectory, "Castalia.Evaluation.Child.dll");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string File => _folder["answers.txt"];

    [Fact]
    public void What_a_killed_process_was_answered_is_not_asked_again()
    {
        var answered = new Dictionary<int, double>();
        foreach (int killAfter in new[] { 1, 17, 3, Requests })
        {
            using Process child = Start(milliseconds: 2);
            var now = new HashSet<int>();
            int known = answered.Count;
            while (child.StandardOutput.ReadLine() is { } line)
            {
                string[] words = line.Split(' ');
                int request = int.Parse(words[1], CultureInfo.InvariantCulture);
                if (words[0] == "asked")
                    Assert.DoesNotContain(request, answered.Keys.Concat(now));
                else
                {
                    double value = double.Parse(words[2], CultureInfo.InvariantCulture);
                    if (!answered.TryGetValue(request, out double before))
                    {
                        answered[request] = value;
                        now.Add(request);
                    }
                    else
                        Assert.Equal(before, value);
                }
                // What the child said before it is dead is read to the end: it was answered too.
                if (now.Count == killAfter && !child.HasExited)
                    child.Kill();
            }
            child.WaitForExit();
            Assert.True(answered.Count >= Math.Min(Requests, known + killAfter));
        }
        Assert.Equal(Requests, answered.Count);
        LoglikelihoodRequest[] requests = [.. Enumerable.Range(0, Requests).Select(i => new LoglikelihoodRequest($"question {i}", " yes"))];
        Assert.Equal(new Sha256LanguageModel().Loglikelihoods(requests, null, TestContext.Current.CancellationToken).Select(answer => answer.Value),
            answered.OrderBy(pair => pair.Key).Select(pair => pair.Value));
    }

    [Fact]
    public void A_second_process_is_told_that_the_file_is_in_use()
    {
        using Process first = Start(milliseconds: 100_000);
        Assert.Equal("asked 0", first.StandardOutput.ReadLine());
        using Process second = Start(milliseconds: 0);
        string error = second.StandardError.ReadToEnd();
        second.WaitForExit();
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"{File}: the file is in use by another run", error, StringComparison.Ordinal);
        first.Kill();
        first.WaitForExit();
        using AnswerStore store = AnswerStore.Open(File);
        Assert.Equal(0, store.Count);
    }

    private Process Start(int milliseconds)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["exec", Child, "ask", File, $"{Requests}", $"{milliseconds}"])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
