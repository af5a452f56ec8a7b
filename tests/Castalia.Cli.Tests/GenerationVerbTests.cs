using System.Diagnostics;
using System.Text.Json;
using Castalia.Cli.Tests.Commands;
using Castalia.Testing;
using Castalia.Text;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia generate</c> and <c>castalia chat</c> with a small random model.</summary>
public sealed class GenerationVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public GenerationVerbTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "tiny"));
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Fixtures.Path("models", "gpt_neox_parallel", file), Path.Combine(_folder.Path, "tiny", file));
        TokenizerTrainer.Train(["the user", "the end", "User: and"], new TrainerOptions { VocabularySize = 300 }).ToTokenizer().Save(Path.Combine(_folder.Path, "tiny", "tokenizer.json"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stream_says_what_is_otherwise_said_at_the_end()
    {
        string[] common = ["generate", "tiny", "--prompt", "the user", "--prompt", "and", "--max-new-tokens", "12", "--temperature", "0.8", "--top-k", "50", "--seed", "3"];
        CommandResult whole = CastaliaProgram.Run(_folder.Path, common), streamed = CastaliaProgram.Run(_folder.Path, [.. common, "--stream"]);
        Assert.Equal(0, streamed.ExitCode);
        Assert.Equal(whole.Output, streamed.Output);
        Assert.StartsWith("[tiny] the user", whole.Output, StringComparison.Ordinal);
        Assert.Contains("\n[tiny] and", whole.Output, StringComparison.Ordinal);
        Assert.Contains("24 tokens in ", whole.Errors, StringComparison.Ordinal);
        Assert.Contains("tokens/s", streamed.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_come_from_a_file_or_from_standard_input()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "prompts.jsonl"), "{\"prompt\": \"the user\"}\nand\n");
        string expected = CastaliaProgram.Succeed(_folder.Path, "generate", "-m", "tiny", "-p", "the user", "-p", "and", "--max-new-tokens", "5");
        Assert.Equal(expected, CastaliaProgram.Succeed(_folder.Path, "generate", "tiny", "--prompts", "prompts.jsonl", "--max-new-tokens", "5"));
        using Process piped = CastaliaProgram.StartPiped(_folder.Path, "generate", "tiny", "--prompts", "-", "--max-new-tokens", "5");
        piped.StandardInput.Write("{\"prompt\": \"the user\"}\nand\n");
        piped.StandardInput.Close();
        Assert.Equal(expected, CastaliaProgram.Finish(piped).Output);
    }

    [Fact]
    public void Beams_probabilities_types_and_files_are_there_for_the_asking()
    {
        string beams = CastaliaProgram.Succeed(_folder.Path, "generate", "tiny", "--prompt", "the", "--max-new-tokens", "6", "--num-beams", "3", "--early-stopping", "true");
        Assert.StartsWith("[tiny] the", beams, StringComparison.Ordinal);
        string probabilities = CastaliaProgram.Succeed(_folder.Path, "generate", "tiny", "--prompt", "the", "--max-new-tokens", "2", "--log-probabilities", "2", "--dtype", "bf16");
        Assert.Equal(2, probabilities.Split('\n').Count(line => line.Contains("   of  ", StringComparison.Ordinal)));
        CastaliaProgram.Succeed(_folder.Path, "generate", "tiny", "--prompt", "the", "--max-new-tokens", "4", "--output", "out");
        using JsonDocument line = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.Path, "out", "tiny.jsonl")));
        Assert.Equal("the", line.RootElement.GetProperty("prompt").GetString());
        Assert.Equal(4, line.RootElement.GetProperty("settings").GetProperty("max_new_tokens").GetInt32());
    }

    [Fact]
    public void What_cannot_be_generated_is_said_on_one_screen()
    {
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "generate", "tiny", "--prompt", "a", "--num-beams", "2", "--temperature", "1"), "generate.options", "beam search");
        ErrorScreen.AssertShows(CastaliaProgram.Run(_folder.Path, "chat", "tiny"), "no chat template", "--template FILE", "--template plain");
        Assert.Equal(2, CastaliaProgram.Run(_folder.Path, "generate", "--prompt", "a").ExitCode);
        Assert.Equal(2, CastaliaProgram.Run(_folder.Path, "generate", "tiny", "--dtype", "fp8").ExitCode);
    }

    [Fact]
    public void A_conversation_over_redirected_input_is_answered_line_by_line()
    {
        string[] chat = ["chat", "tiny", "--template", "plain", "--system", "the end", "--max-new-tokens", "8", "--context-tokens", "200", "--seed", "3"];
        CommandResult first = Chat(chat, "the user", "/save one.json", "/reset", "the user", "/save two.json", "/exit", "never said");
        Assert.True(first.ExitCode == 0, first.Errors);
        ChatLine[] one = Messages("one.json"), two = Messages("two.json");
        Assert.Equal(["system", "user", "assistant"], one.Select(message => message.Role));
        Assert.Equal("the end", one[0].Content);
        Assert.Equal(3, two.Length);
        Assert.Equal(one[2].Content + "\n" + two[2].Content + "\n", first.Output);
        Assert.Equal(first.Output, Chat(chat, "the user", "/reset", "the user").Output); // ends with its input; equal seeds, equal draws
    }

    [Fact]
    public void Ctrl_C_stops_the_answer_and_the_conversation_goes_on()
    {
        if (OperatingSystem.IsWindows())
            return;
        using Process chat = CastaliaProgram.StartPiped(_folder.Path, "chat", "tiny", "--template", "plain", "--max-new-tokens", "90000", "--context-tokens", "100000", "--stop-tokens", "319", "--stop-strings", "never");
        chat.StandardInput.WriteLine("the user");
        chat.StandardInput.Flush();
        Assert.True(chat.StandardOutput.Read() >= 0); // it is answering
        Interrupt(chat);
        chat.StandardInput.WriteLine("/save after.json");
        chat.StandardInput.WriteLine("/exit");
        chat.StandardInput.Close();
        CommandResult result = CastaliaProgram.Finish(chat);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("stopped]", result.Errors, StringComparison.Ordinal);
        Assert.Equal(["user", "assistant"], Messages("after.json").Select(message => message.Role));
    }

    [Fact]
    public void A_second_Ctrl_C_leaves()
    {
        if (OperatingSystem.IsWindows())
            return;
        using Process chat = CastaliaProgram.StartPiped(_folder.Path, "chat", "tiny", "--template", "plain", "--max-new-tokens", "90000", "--context-tokens", "100000", "--stop-tokens", "319", "--stop-strings", "never");
        chat.StandardInput.WriteLine("the user");
        chat.StandardInput.Flush();
        Assert.True(chat.StandardOutput.Read() >= 0);
        Interrupt(chat);
        while (chat.StandardError.ReadLine() is { } line && !line.Contains("stopped]", StringComparison.Ordinal))
        {
        }
        Interrupt(chat);
        chat.WaitForExit();
        Assert.NotEqual(0, chat.ExitCode);
    }

    private CommandResult Chat(string[] arguments, params string[] lines)
    {
        Process chat = CastaliaProgram.StartPiped(_folder.Path, arguments);
        foreach (string line in lines)
            chat.StandardInput.WriteLine(line);
        chat.StandardInput.Close();
        return CastaliaProgram.Finish(chat);
    }

    private ChatLine[] Messages(string file) =>
        JsonSerializer.Deserialize<ChatLine[]>(File.ReadAllText(Path.Combine(_folder.Path, file)), JsonSerializerOptions.Web)!;

    private static void Interrupt(Process process)
    {
        using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private sealed record ChatLine(string Role, string Content);
}
