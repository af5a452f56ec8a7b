using System.CommandLine;
using Castalia.Cli.Display;
using Castalia.Models;
using Castalia.Tensors;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia logits</c>: what a model computes for given tokens, for comparison with another library.</summary>
internal static class LogitsVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "A model folder." };
        var ids = new Option<string>("--input-ids") { Description = "A JSON file with a matrix of token ids, a list of rows of one length.", Required = true };
        var mask = new Option<string?>("--attention-mask") { Description = "A JSON file with a matrix of the same shape: 1 where a token counts, 0 where it is padding on the left." };
        var output = new Option<string>("--out", "-o") { Description = "The safetensors file for the tensor 'logits', [batch, sequence, vocabulary], fp32.", Required = true };
        var hidden = new Option<string?>("--hidden-states") { Description = "A safetensors file for 'hidden_states.0' (the embedding) to 'hidden_states.L' (after the final norm), fp32." };
        Option<string> dtype = DTypeOption.Create();
        var cache = new Option<bool>("--cache") { Description = "Compute token by token with the key-value cache instead of in one pass." };
        var command = new Command("logits", "Compute the logits (and hidden states) of given tokens and write them as safetensors.") { model, ids, mask, output, hidden, dtype, cache, SharedOptions.Adapter };
        command.SetAction(async (parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            await ProgressDisplay.ShowAsync(progress =>
            {
                TransformerConfig config = HuggingFaceFolder.LoadConfig(folder);
                TokenMatrix tokens = TokenMatrix.Read(parsed.GetRequiredValue(ids), config.VocabularySize - 1, "token ids of the model's vocabulary");
                TokenMatrix? counts = parsed.GetValue(mask) is { } path ? TokenMatrix.Read(path, 1, "a mask") : null;
                Libtorch.Initialize();
                using Transformer transformer = AdaptedModel.Load(
                    folder, parsed.GetValue(SharedOptions.Adapter), DTypeOption.Of(parsed, dtype), progress, cancellation);
                ModelOutputs.Write(transformer, tokens, counts, parsed.GetValue(cache), parsed.GetRequiredValue(output), parsed.GetValue(hidden), progress, cancellation);
                return 0;
            });
            return 0;
        });
        return Examples.Attach(command,
            ("beside transformers' own", "castalia logits pythia-160m --input-ids ids.json --out logits.safetensors --hidden-states hidden.safetensors"),
            ("a padded batch in bf16, with the cache", "castalia logits pythia-160m --input-ids ids.json --attention-mask mask.json --dtype bf16 --cache --out logits.safetensors"));
    }
}
