using System.CommandLine;
using Castalia.Models;

namespace Castalia.Cli.Verbs;

/// <summary>The type that a model's weights are held and computed in: the one place where names become types.</summary>
internal static class DTypeOption
{
    private static readonly Dictionary<string, InferencePrecision> Known = new()
    {
        ["fp32"] = InferencePrecision.Float32,
        ["bf16"] = InferencePrecision.BFloat16,
        ["int8"] = InferencePrecision.Int8,
    };

    public static Option<string> Create()
    {
        var option = new Option<string>("--dtype") { Description = "The type to compute in; int8 is for the matrices alone, with bf16 for the rest.", DefaultValueFactory = _ => "fp32" };
        option.AcceptOnlyFromAmong([.. Known.Keys]);
        return option;
    }

    public static InferencePrecision Of(ParseResult parsed, Option<string> option) => Known[parsed.GetValue(option) ?? "fp32"];
}
