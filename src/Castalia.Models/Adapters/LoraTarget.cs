using System.Text.RegularExpressions;
using Castalia.Models.Architectures;
using TorchSharp;

namespace Castalia.Models;

/// <summary>
/// One module of HF's that an adapter stands beside, and where it lies here: its outputs are some rows of a canonical matrix, in an order of
/// HF's own (the queries of the fused matrix; GPT-2's q, k and v of all heads one after the other).
/// </summary>
/// <param name="Module">HF's name: <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Parameter">The module's matrix as HF has it.</param>
/// <param name="Inputs">Columns of A.</param>
/// <param name="Outputs">Rows of B.</param>
/// <param name="CanonicalOutputs">Rows of the canonical matrix.</param>
/// <param name="Rows">The canonical row of each of the module's outputs; null where they are the same.</param>
/// <param name="Transposed">Whether HF stores the matrix [in, out] (Conv1D, PEFT's <c>fan_in_fan_out</c>).</param>
public sealed record LoraTarget(
    string Module, HuggingFaceParameter Parameter, long Inputs, long Outputs, long CanonicalOutputs, IReadOnlyList<long>? Rows, bool Transposed)
{
    private const string Ending = ".weight";

    /// <summary>The name of A in PEFT's files.</summary>
    public string NameOfA => $"base_model.model.{Module}.lora_A.weight";

    /// <summary>The name of B in PEFT's files.</summary>
    public string NameOfB => $"base_model.model.{Module}.lora_B.weight";

    /// <summary>The last part of the module's name.</summary>
    public string ShortName => Module[(Module.LastIndexOf('.') + 1)..];

    /// <summary>Every module of a model that can be a target, in the order of its files.</summary>
    public static IReadOnlyList<LoraTarget> All(TransformerConfig config)
    {
        var matrices = ParameterNames.Of(config).Where(spec => spec.Role is ParameterRole.Input or ParameterRole.Output)
            .ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        return [.. KnownArchitectures.Of(config).Parameters(config)
            .Where(parameter => matrices.ContainsKey(parameter.Canonical) && parameter.Name.EndsWith(Ending, StringComparison.Ordinal))
            .Select(parameter => Of(parameter, matrices[parameter.Canonical]))];
    }

    /// <summary>What PEFT adapts where nothing is said (its table for transformers' models).</summary>
    /// <exception cref="ArgumentException">PEFT has no choice for the architecture.</exception>
    public static IReadOnlyList<string> Defaults(string architecture) => architecture switch
    {
        "gpt_neox" or "bloom" => ["query_key_value"],
        "gpt2" => ["c_attn"],
        "gptj" or "gpt_neo" or "opt" or "llama" => ["q_proj", "v_proj"],
        _ => throw new ArgumentException($"There is no usual choice of target modules for '{architecture}'; name them."),
    };

    /// <summary>The modules that a configuration means.</summary>
    /// <exception cref="InputException">A name means no module of the model.</exception>
    internal static IReadOnlyList<LoraTarget> Of(TransformerConfig config, IReadOnlyList<string>? names, string source)
    {
        IReadOnlyList<LoraTarget> all = All(config);
        names ??= Defaults(config.Architecture);
        if (names.Contains(LoraConfig.AllLinear))
            return all;
        string? unknown = names.FirstOrDefault(name => !all.Any(target => target.IsCalled(name)));
        if (unknown is not null)
        {
            string[] known = [.. all.Select(target => target.ShortName).Distinct()];
            throw new InputException(
                source, "target modules", $"the model has no projection '{unknown}'; it has {string.Join(", ", known)}.",
                NameSuggestion.Remedy(unknown, [.. known, LoraConfig.AllLinear]) + " Embedding and unembedding cannot be targets.");
        }
        return [.. all.Where(target => names.Any(target.IsCalled))];
    }

    /// <summary>The modules that a pattern matches from beginning to end, as PEFT takes <c>target_modules</c> where it is one text.</summary>
    /// <exception cref="InputException">The pattern is malformed, or cannot be matched in a bounded time.</exception>
    internal static IReadOnlyList<LoraTarget> Matching(TransformerConfig config, string pattern, string source)
    {
        try
        {
            var expression = new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return [.. All(config).Where(target => expression.IsMatch(target.Module))];
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            throw new InputException(source, "target_modules", $"the pattern '{pattern}' cannot be used: {exception.Message}", "Write target_modules as a list of names.", exception);
        }
    }

    // As PEFT has it: the whole name, or its end behind a dot.
    private bool IsCalled(string name) => Module == name || Module.EndsWith("." + name, StringComparison.Ordinal);

    private static LoraTarget Of(HuggingFaceParameter parameter, ParameterSpec matrix)
    {
        string module = parameter.Name[..^Ending.Length];
        (long outputs, long inputs) = (matrix.Shape[0], matrix.Shape[1]);
        if (parameter.View is null)
            return new LoraTarget(module, parameter, inputs, outputs, outputs, null, false);
        // The view of a matrix with one column, which holds the number of each row, shows where HF's order takes each row from.
        using var scope = torch.NewDisposeScope();
        torch.Tensor view = parameter.View(torch.arange(outputs).view(outputs, 1));
        long[] rows = view.reshape(-1).data<long>().ToArray();
        bool transposed = view.shape[^1] != 1, inOrder = rows.LongLength == outputs && rows.Index().All(row => row.Index == row.Item);
        return new LoraTarget(module, parameter, inputs, rows.LongLength, outputs, inOrder ? null : rows, transposed);
    }
}
