using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Castalia.Cli.Tests.Commands;

namespace Castalia.Cli.Tests;

/// <summary><c>castalia serve</c> as a process: it says where it is, answers there, and goes down in good order.</summary>
public sealed class ServeVerbTests(ReferenceRun reference)
{
    private const string Model = "runs/small/models/one/checkpoints/step40";

    [Fact]
    public async Task A_model_is_served_until_the_signal_to_stop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Sends signals.");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process process = CastaliaProgram.Start(reference.Experiment.Folder, "serve", Model, "--port", "0", "--api-key", "secret", "--context", "32", "--name", "small");
        string first = (await process.StandardOutput.ReadLineAsync(cancellation))!;
        Assert.Contains("small is served at http://127.0.0.1:", first, StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = new Uri(first.Split(' ').Single(word => word.StartsWith("http", StringComparison.Ordinal))) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions")
        {
            Content = new StringContent("""{"model": "small", "prompt": "ab", "max_tokens": 5, "temperature": 0}""", Encoding.UTF8, "application/json"),
            Headers = { Authorization = new("Bearer", "secret") },
        };
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        string answer = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer);
        string text = JsonDocument.Parse(answer).RootElement.GetProperty("choices")[0].GetProperty("text").GetString()!;
        string said = CastaliaProgram.Succeed(reference.Experiment.Folder, "generate", "--model", Model, "--prompt", "ab", "--max-new-tokens", "5");
        Assert.Contains("ab" + text, said, StringComparison.Ordinal);

        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(cancellation);
        CommandResult result = CastaliaProgram.Finish(process);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("curl http://127.0.0.1:", result.Output, StringComparison.Ordinal);
        Assert.Contains("Stopping", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_served_is_told_of_on_one_screen()
    {
        string folder = reference.Experiment.Folder;
        foreach ((string[] arguments, string expected) in new (string[], string)[]
        {
            (["serve", "nothing-here"], "nothing-here"), (["serve", Model, "--port", "70000"], "port"), (["serve", Model, "--port", "0", "--host", "not an address"], "--host"),
            (["serve", Model, "--port", "0", "--slots", "0"], "slots"), (["serve", Model, "--api-key", "two words"], "ApiKey"), (["serve", Model, "--template", "missing.jinja"], "missing.jinja"),
        })
        {
            CommandResult result = CastaliaProgram.Run(folder, arguments);
            Assert.True(result.ExitCode == 1, string.Join(' ', arguments) + result.Output + result.Errors);
            Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        }
    }
}
