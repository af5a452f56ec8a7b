namespace Castalia.Models.Architectures;

/// <summary>HF's names of nonlinearities.</summary>
internal static class ActivationNames
{
    private static readonly Dictionary<string, Activation> Known = new(StringComparer.Ordinal)
    {
        ["gelu"] = Activation.Gelu,
        ["gelu_python"] = Activation.Gelu,
        ["gelu_new"] = Activation.GeluTanh,
        ["gelu_fast"] = Activation.GeluTanh,
        ["gelu_pytorch_tanh"] = Activation.GeluTanh,
        ["gelu_accurate"] = Activation.GeluTanh,
        ["quick_gelu"] = Activation.QuickGelu,
        ["relu"] = Activation.Relu,
        ["silu"] = Activation.Silu,
        ["swish"] = Activation.Silu,
    };

    /// <summary>The nonlinearity that a field names.</summary>
    public static Activation Read(ConfigJson json, string key, string absent) =>
        Known.TryGetValue(json.Text(key, absent), out Activation activation) ? activation : throw json.Unknown(key, Known.Keys);

    /// <summary>Its usual name.</summary>
    public static string Of(Activation activation) => activation switch
    {
        Activation.GeluTanh => "gelu_new",
        _ => Known.First(pair => pair.Value == activation).Key,
    };
}
