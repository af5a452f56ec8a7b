using System.CommandLine;
using System.Runtime.InteropServices;
using Castalia.Cli.Display;
using Castalia.Models;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Serving;
using Castalia.Text.Chat;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia serve</c>: a model over HTTP in OpenAI's form.</summary>
internal static class ServeVerb
{
    public const string Name = "serve";

    private const string KeyVariable = "CASTALIA_API_KEY";

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model folder." };
        Option<string> dtype = DTypeOption.Create();
        var template = new Option<string?>("--template")
        {
            Description = "A Jinja chat template, or 'plain' for turns written as 'User: ...' and 'Assistant: ...'; without it the model's own, and no chats where it has none.",
        };
        var command = new Command(Name, $"Serve a model over HTTP in the form of OpenAI's API, until Ctrl-C. The API key may also stand in {KeyVariable}.") { model, dtype, template };
        var options = new SectionOptions<ServingOptions>(command, "");
        command.SetAction(async (parsed, cancellation) =>
        {
            ServingOptions serving = options.Read(parsed, null);
            if (serving.ApiKey is null && Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key)
                serving = serving with { ApiKey = key };
            serving.Validate();
            string folder = parsed.GetRequiredValue(model);
            ChatTemplate? chat = parsed.GetValue(template) is { } given ? ChatTemplate.Load(folder, given) : ChatTemplate.Find(folder);
            using TextGenerator generator = await ProgressDisplay.ShowAsync(_ => new ModelCheckpoint(folder, null).LoadGenerator(DTypeOption.Of(parsed, dtype)));
            await using ModelServer server = await ModelServer.StartAsync(generator, chat, serving, cancellation);
            await RunAsync(server, serving, chat is not null);
            return 0;
        });
        return Examples.Attach(command,
            ("on this machine alone", "castalia serve pythia-160m"),
            ("for others, with a key", "CASTALIA_API_KEY=secret castalia serve SmolLM2-360M-Instruct --host 0.0.0.0 --port 80 --dtype bf16"),
            ("many short requests at a time", "castalia serve pythia-160m --slots 32 --context 512 --queue 256"),
            ("scored by the evaluation harness",
                "lm_eval --model local-completions --model_args model=pythia-160m,tokenizer=EleutherAI/pythia-160m,base_url=http://127.0.0.1:8080/v1/completions,num_concurrent=8 --tasks lambada_openai"));
    }

    /// <summary>Says where the server is, and waits for the signal to stop it. A second signal ends the process at once.</summary>
    private static async Task RunAsync(ModelServer server, ServingOptions options, bool chats)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle))
        using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle))
        {
            ServingDisplay.ShowStart(server, options, chats);
            await stop.Task;
        }
        ServingDisplay.ShowStop(options);
        await server.StopAsync();

        void Handle(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }
}
