using System.CommandLine;
using Castalia.Training;

namespace Castalia.Cli.Verbs;

/// <summary>The type that a model's weights are held and computed in: the one place where names become types.</summary>
internal static class DTypeOption
{
    private static readonly Dictionary<string, TrainingPrecision> Known = new() { ["fp32"] = TrainingPrecision.Float32, ["bf16"] = TrainingPrecision.BFloat16 };

    public static Option<string> Create()
    {
        var option = new Option<string>("--dtype") { Description = "The type to compute in.", DefaultValueFactory = _ => "fp32" };
        option.AcceptOnlyFromAmong([.. Known.Keys]);
        return option;
    }

    public static TrainingPrecision Of(ParseResult parsed, Option<string> option) => Known[parsed.GetValue(option) ?? "fp32"];
}
