using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Castalia.Cli.Display;
using Castalia.Models.Conversion;

namespace Castalia.Cli.Verbs;

/// <summary><c>castalia convert</c>: a model in another form.</summary>
internal static class ConvertVerb
{
    private static readonly Dictionary<string, ModelFormat> Formats = new(StringComparer.Ordinal)
    {
        ["hf"] = ModelFormat.HuggingFace,
        ["gguf"] = ModelFormat.Gguf,
        ["neox"] = ModelFormat.NeoX,
    };

    private static readonly Dictionary<string, WeightType> Types = new(StringComparer.Ordinal)
    {
        ["fp32"] = WeightType.Float32,
        ["fp16"] = WeightType.Float16,
        ["bf16"] = WeightType.BFloat16,
        ["q8_0"] = WeightType.Q8_0,
    };

    public static Command Create()
    {
        var source = new Argument<string>("model") { Description = "The model's folder, or a checkpoint of a run." };
        var target = new Argument<string>("target") { Description = "The folder to make; for GGUF the file, or a folder that is there to put it in." };
        Option<string> format = OneOf(new Option<string>("--to") { Description = "hf: a folder for transformers. gguf: a file for llama.cpp. neox: a checkpoint for GPT-NeoX.", Required = true }, Formats.Keys);
        Option<string?> type = OneOf(new Option<string?>("--dtype") { Description = "The type of the matrices: fp32, fp16, bf16, or for GGUF q8_0. Without it they keep theirs." }, Types.Keys);
        var shard = new Option<long>("--max-shard-size")
        {
            Description = "The most a safetensors file holds: 5GB, 500MB, 2GiB.",
            DefaultValueFactory = _ => new ConversionOptions().MaxShardSize,
            CustomParser = Size,
        };
        var parallel = new Option<int>("--tensor-parallel") { Description = "For neox: into how many parts matrices are split.", DefaultValueFactory = _ => new ConversionOptions().TensorParallel };
        var force = new Option<bool>("--force") { Description = "Replace the model that is there already." };
        var command = new Command("convert", "Write a model in another form: Hugging Face's folder, llama.cpp's GGUF, GPT-NeoX's checkpoint.") { source, target, format, type, shard, parallel, force };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new ConversionOptions
            {
                Format = Formats[parsed.GetRequiredValue(format)],
                Type = parsed.GetValue(type) is { } name ? Types[name] : null,
                MaxShardSize = parsed.GetValue(shard),
                TensorParallel = parsed.GetValue(parallel),
                Force = parsed.GetValue(force),
                Command = CommandLineText.Of(parsed),
            };
            ConversionResult result = await ProgressDisplay.ShowAsync(progress =>
                ModelConversion.Run(parsed.GetRequiredValue(source), parsed.GetRequiredValue(target), options, progress, cancellation));
            Show(result);
            return 0;
        });
        return Examples.Attach(command,
            ("a checkpoint for llama.cpp, in 8 bits", "castalia convert runs/mini-pythia/models/small/checkpoints/step512 small.gguf --to gguf --dtype q8_0"),
            ("a downloaded model in bf16, in files of at most 2 GB", "castalia convert pythia-1.4b pythia-1.4b-bf16 --to hf --dtype bf16 --max-shard-size 2GB"),
            ("for GPT-NeoX, over two graphics cards", "castalia convert pythia-160m neox-160m --to neox --tensor-parallel 2"));
    }

    private static void Show(ConversionResult result)
    {
        string types = string.Join(", ", result.Types.Select(type => $"{type.Key} ({type.Value} tensors)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Path}: {result.Architecture}, {result.Parameters:N0} parameters, {types}, {result.Files.Sum(file => file.Bytes):N0} bytes{(result.HasTokenizer ? ", with its tokenizer" : "")}."));
        if (result.Files.Count > 1)
        {
            foreach ((string name, long bytes) in result.Files)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}  {bytes:N0} bytes"));
        }
        foreach (string remark in result.Remarks)
            Console.WriteLine("note: " + remark);
    }

    private static long Size(ArgumentResult argument)
    {
        string text = argument.Tokens.Single().Value;
        if (!ShardPlan.TryParseSize(text, out long bytes))
            argument.AddError($"'{text}' is no size; expected for example 5GB, 500MB or 2GiB.");
        return bytes;
    }

    private static Option<T> OneOf<T>(Option<T> option, IEnumerable<string> values)
    {
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }
}
