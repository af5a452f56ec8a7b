using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Models;
using Castalia.Recipes.Stages.Kinds;
using Castalia.Text.Chat;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia chat</c>: a conversation with a model.</summary>
internal static class ChatVerb
{
    public const string Name = "chat";

    private static readonly Dictionary<string, string> Defaults = new() { ["max_new_tokens"] = "512", ["temperature"] = "0.7", ["top_p"] = "0.95" };

    // Long enough for a conversation, and a cache that small machines have room for.
    private const int UsualContext = 4096;

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model folder." };
        var system = new Option<string?>("--system") { Description = "What the model is told before the conversation." };
        var template = new Option<string?>("--template") { Description = "A Jinja chat template, or 'plain' for turns written as 'User: ...' and 'Assistant: ...'; without it the model's own." };
        var context = new Option<int?>("--context-tokens") { Description = $"The most tokens of the conversation; without it what the model is trained for, at most {UsualContext}." };
        Option<string> dtype = DTypeOption.Create();
        var command = new Command(Name, "Talk with a model. Ctrl-C stops an answer, a second one leaves; /help names what else can be said.") { model, system, template, context, dtype };
        var options = new SectionOptions<GenerationOptions>(command, "", Defaults, "num_beams", "length_penalty", "early_stopping", "log_probabilities");
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(model);
            GenerationOptions generation = options.Read(parsed, null);
            Check(() => generation.Validate());
            ChatTemplate chat = ChatTemplate.Load(folder, parsed.GetValue(template));
            using TextGenerator generator = new ModelCheckpoint(folder, null).LoadGenerator(DTypeOption.Of(parsed, dtype), message => Console.Error.WriteLine($"warning  {message}"));
            int most = parsed.GetValue(context) ?? Math.Min(generator.Model.Config.MaxPositions, UsualContext);
            using var conversation = Check(() => new Conversation(generator, chat, most));
            conversation.System = parsed.GetValue(system);
            return new ChatDisplay(conversation, generation).Run();
        });
        return Examples.Attach(command,
            ("with a model for conversations", "castalia chat SmolLM2-360M-Instruct --system 'Answer in one sentence.'"),
            ("with a base model, greedily", "castalia chat pythia-160m --template plain --temperature 0"),
            ("from a file, without a terminal", "castalia chat SmolLM2-360M-Instruct --seed 7 < questions.txt"));
    }

    private static void Check(Action what) => Check(() =>
    {
        what();
        return true;
    });

    private static T Check<T>(Func<T> what)
    {
        try
        {
            return what();
        }
        catch (ArgumentException e)
        {
            throw new InputException("castalia chat", "options", e.Message, "Correct that option.", e);
        }
    }
}
