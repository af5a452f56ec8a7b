using System.Diagnostics;
using System.Text.Json;
using Castalia.Formats;
using Castalia.Models;

namespace Castalia.Cli.Display;

/// <summary>A conversation on a terminal, or over redirected input and output: a line said, an answer as it comes.</summary>
internal sealed class ChatDisplay(Conversation conversation, GenerationOptions options)
{
    private const string Help = """
        /reset        forget what was said
        /system TEXT  tell the model something else before the conversation, and begin anew
        /save FILE    write the conversation as JSON messages
        /exit         leave (as Ctrl-D, or Ctrl-C while nothing is being said)
        """;

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private CancellationTokenSource? _answering;

    /// <summary>Talks until the input ends or somebody leaves.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        Console.CancelKeyPress += OnInterrupt;
        try
        {
            while (Read() is { } line)
            {
                if (line is "/exit" or "/quit")
                    break;
                try
                {
                    if (line.StartsWith('/'))
                        Obey(line);
                    else if (line.Length > 0)
                        Answer(line);
                }
                catch (InputException error) when (!Console.IsInputRedirected)
                {
                    ErrorDisplay.TryShow(error, out _); // the conversation goes on
                }
            }
            return 0;
        }
        finally
        {
            Console.CancelKeyPress -= OnInterrupt;
        }
    }

    private static string? Read()
    {
        if (!Console.IsInputRedirected)
            Console.Error.Write("> ");
        return Console.In.ReadLine();
    }

    private void Obey(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["/help"]:
                Console.Error.WriteLine(Help);
                break;
            case ["/reset"]:
                conversation.Reset();
                break;
            case ["/system", var text]:
                conversation.System = text;
                break;
            case ["/system"]:
                conversation.System = null;
                break;
            case ["/save", { Length: > 0 } path]:
                AtomicFile.WriteAllText(path, JsonSerializer.Serialize(conversation.Messages, Readable) + "\n");
                Console.Error.WriteLine($"wrote {path}");
                break;
            default:
                throw new InputException("castalia chat", words[0], "there is no such command, or something is missing behind it.", "Commands are /help, /reset, /system TEXT, /save FILE and /exit.");
        }
    }

    private void Answer(string line)
    {
        long started = Stopwatch.GetTimestamp();
        int tokens = 0;
        var answering = new CancellationTokenSource(); // not disposed of: Ctrl-C may come at any time, on a thread of its own
        _answering = answering;
        string how;
        try
        {
            FinishReason? finish = null;
            foreach (TextPiece piece in conversation.Answer(line, options, answering.Token))
            {
                tokens++;
                finish = piece.Finish;
                TerminalText.Write(piece.Text);
            }
            how = finish == FinishReason.Length ? ", cut at the most tokens" : "";
        }
        catch (OperationCanceledException)
        {
            how = ", stopped";
        }
        finally
        {
            _answering = null;
        }
        TerminalText.Write(Environment.NewLine);
        Console.Error.WriteLine($"[{TerminalText.Rate(tokens, Stopwatch.GetElapsedTime(started))}{how}]");
    }

    /// <summary>The first Ctrl-C stops the answer; one more, or one while nothing is being said, ends the program.</summary>
    private void OnInterrupt(object? sender, ConsoleCancelEventArgs interrupt)
    {
        if (_answering is not { IsCancellationRequested: false } answering)
            return;
        interrupt.Cancel = true;
        answering.Cancel();
    }
}
