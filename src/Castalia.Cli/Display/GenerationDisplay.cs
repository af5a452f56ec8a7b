using System.Diagnostics;
using System.Text;
using Castalia.Models;
using Castalia.Recipes.Stages.Kinds;

namespace Castalia.Cli.Display;

/// <summary>
/// Prints continuations: whole ones when a checkpoint is done, or as they come. Several prompts are continued at a time and shown in their
/// order: the first as it comes, what the others have until then at once.
/// </summary>
/// <param name="prompts">The prompts.</param>
/// <param name="streams">Whether to show text as it comes.</param>
internal sealed class GenerationDisplay(IReadOnlyList<string> prompts, bool streams) : IGenerationListener
{
    private readonly StringBuilder[] _waiting = [.. prompts.Select(_ => new StringBuilder())];
    private readonly bool[] _ended = new bool[prompts.Count];
    private string _model = "";
    private long _started;
    private int _shown;

    public void Begin(string model, long? step)
    {
        _model = step is null ? model : $"{model}, step {step}";
        _started = Stopwatch.GetTimestamp();
        _shown = 0;
        Array.Clear(_ended);
        if (streams)
            Open();
    }

    public void Piece(int prompt, TextPiece piece)
    {
        if (!streams)
            return;
        _waiting[prompt].Append(piece.Text);
        _ended[prompt] = piece.Finish is not null;
        while (_shown < prompts.Count)
        {
            TerminalText.Write(_waiting[_shown].ToString());
            _waiting[_shown].Clear();
            if (!_ended[_shown])
                return;
            TerminalText.Write(Environment.NewLine + Environment.NewLine);
            if (++_shown < prompts.Count)
                Open();
        }
    }

    public void End(IReadOnlyList<TextResult> results)
    {
        TimeSpan time = Stopwatch.GetElapsedTime(_started);
        for (int i = 0; i < results.Count && !streams; i++)
        {
            TerminalText.Write($"[{_model}] {prompts[i]}{results[i].Text}{Environment.NewLine}{Environment.NewLine}");
            foreach (TextToken token in results[i].Tokens)
                TerminalText.Write($"  {Line(token)}{Environment.NewLine}");
        }
        Console.Error.WriteLine($"[{_model}] {TerminalText.Rate(results.Sum(result => (long)result.NewTokens), time)}");
    }

    public void Warn(string message) => Console.Error.WriteLine($"warning  {message}");

    private void Open() => TerminalText.Write($"[{_model}] {prompts[_shown]}");

    private static string Line(TextToken token) => FormattableString.Invariant(
        $"{token.LogProbability,8:0.000}  {Shown(token.Text)}{(token.Top.Count == 0 ? "" : "   of  ")}{string.Join("  ", token.Top.Select(one => FormattableString.Invariant($"{one.LogProbability:0.000} {Shown(one.Text)}")))}");

    private static string Shown(string text) => "'" + string.Concat(text.Select(c => c switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when char.IsControl(c) => FormattableString.Invariant($"\\x{(int)c:X2}"),
        _ => c.ToString(),
    })) + "'";
}
