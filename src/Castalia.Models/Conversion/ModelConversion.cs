using Castalia.Formats;
using Castalia.Models.Gguf;
using Castalia.Text.Exporting;
using TorchSharp;

namespace Castalia.Models.Conversion;

/// <summary>Turns a model on disk into another form of it, a tensor at a time: never more than one of its tensors is in memory.</summary>
public static class ModelConversion
{
    /// <summary>Converts a model.</summary>
    /// <param name="source">The model's folder.</param>
    /// <param name="target">The folder to make, or for GGUF the file, or a folder that is there to put it in.</param>
    /// <param name="options">What it becomes.</param>
    /// <param name="progress">Told what is written.</param>
    /// <param name="cancellation">Stops the work; nothing appears then.</param>
    /// <exception cref="InputException">The model cannot be read or has no such form, something is in the way, or the disk is full.</exception>
    public static ConversionResult Run(
        string source, string target, ConversionOptions options, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Type == WeightType.Q8_0 && options.Format != ModelFormat.Gguf)
            throw new InputException("--dtype", null, "q8_0 is a type of GGUF files only.", "Give fp32, fp16 or bf16, or convert --to gguf.");
        if (options.TensorParallel != 1 && options.Format != ModelFormat.NeoX)
            throw new InputException("--tensor-parallel", null, "only GPT-NeoX's checkpoints are split into parts.", "Leave it out, or convert --to neox.");
        using StoredModel model = StoredModel.Open(source);
        return options.Format switch
        {
            ModelFormat.HuggingFace => ToHuggingFace(model, target, options, progress, cancellation),
            ModelFormat.Gguf => ToGguf(model, target, options, progress, cancellation),
            ModelFormat.NeoX => ToNeoX(model, target, options, progress, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Format, "There is no such form."),
        };
    }

    private static ConversionResult ToHuggingFace(
        StoredModel model, string target, ConversionOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        torch.ScalarType? asked = Asked(options);
        return IntoFolder(model, target, options, "transformers", progress, cancellation, (folder, _) =>
        {
            IReadOnlyList<(string Name, long Bytes)> files = HuggingFaceExport.WriteWeights(model, folder, asked, options.MaxShardSize, progress, cancellation);
            HuggingFaceExport.WriteConfig(model, folder, asked ?? MostUsed(model));
            return files;
        });
    }

    /// <summary>A folder with what <paramref name="write"/> puts there, and tokenizer, licences and card beside it; it appears whole or not at all.</summary>
    private static ConversionResult IntoFolder(
        StoredModel model, string target, ConversionOptions options, string library, IProgress<WorkProgress>? progress, CancellationToken cancellation,
        Func<string, Provenance, IReadOnlyList<(string Name, long Bytes)>> write)
    {
        ConversionTarget.CheckFolder(model.Path, target, options.Force);
        TokenizerFolder? tokenizer = TokenizerFolder.Open(model.Path, model.Config);
        Provenance provenance = Provenance.Of(model, progress, cancellation);

        using AtomicFolder folder = AtomicFolder.Create(target);
        IReadOnlyList<(string Name, long Bytes)> files = write(folder.Path, provenance);
        tokenizer?.CopyTo(folder.Path);
        ConversionTarget.CopyLicenses(model.Path, folder.Path);
        Dictionary<string, int> types = Counted(model.Parameters.Select(parameter => HuggingFaceFolder.DTypeName(Asked(options) ?? model.TypeOf(parameter))));
        string card = ModelCard.Of(model, ConversionTarget.NameOf(model.Path), string.Join(", ", types.Keys), files, provenance, options.Command, library: library);
        AtomicFile.WriteAllText(Path.Combine(folder.Path, ModelCard.FileName), card);
        folder.Commit();
        return Result(model, folder.FinalPath, options.Format, types, files, tokenizer is not null, []);
    }

    private static ConversionResult ToGguf(
        StoredModel model, string target, ConversionOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        GgmlType type = options.Type switch
        {
            WeightType.Float32 => GgmlType.F32,
            WeightType.Float16 => GgmlType.F16,
            WeightType.BFloat16 => GgmlType.BF16,
            WeightType.Q8_0 => GgmlType.Q8_0,
            _ => MostUsed(model) switch { torch.ScalarType.Float16 => GgmlType.F16, torch.ScalarType.BFloat16 => GgmlType.BF16, _ => GgmlType.F32 },
        };
        string name = ConversionTarget.NameOf(model.Path);
        string path = ConversionTarget.GgufFile(target, $"{name}-{type}.gguf", options.Force);
        GgufModel.Require(model);
        List<string> remarks = [];
        GgufTokenizer? tokenizer = null;
        if (TokenizerFolder.Open(model.Path, model.Config) is { } own)
        {
            tokenizer = GgufTokenizer.Of(own.Tokenizer, new GgufTokenizerOptions
            {
                File = model.Path,
                Rows = model.Config.VocabularySize,
                BeginId = own.BeginId,
                EndId = own.EndId,
                UnknownId = own.UnknownId,
                PaddingId = own.PaddingId,
                ChatTemplate = own.ChatTemplate,
            });
            remarks.AddRange(tokenizer.Remarks);
        }
        else
        {
            remarks.Add("There is no tokenizer in the model's folder: the file takes token ids, not text.");
        }
        remarks.AddRange(GgufModel.Write(model, path, type, new GgufDescription(name, ModelCard.LicenseOf(model.Path)), tokenizer?.Keys, progress, cancellation));
        using GgufFile written = GgufFile.Open(path);
        Dictionary<string, int> types = Counted(written.InFileOrder.Select(tensor => tensor.Type.ToString()));
        return Result(model, Path.GetFullPath(path), options.Format, types, [(Path.GetFileName(path), new FileInfo(path).Length)], tokenizer is not null, remarks);
    }

    private static ConversionResult ToNeoX(
        StoredModel model, string target, ConversionOptions options, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        return IntoFolder(model, target, options, "gpt-neox", progress, cancellation, (folder, provenance) =>
        {
            try
            {
                NeoXCheckpoint.Save(model.Config, TypeOf, parameter => HuggingFaceExport.Read(model, parameter, TypeOf(parameter)),
                    folder, provenance.Step ?? 0, options.TensorParallel, progress, cancellation);
            }
            catch (ArgumentException exception)
            {
                throw new InputException(model.Path, null, exception.Message, "Give another --tensor-parallel, or convert --to hf.", exception);
            }
            return
            [
                .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                    .Select(file => (Path.GetRelativePath(folder, file).Replace('\\', '/'), new FileInfo(file).Length)),
            ];
        });

        torch.ScalarType TypeOf(HuggingFaceParameter parameter) => Asked(options) ?? model.TypeOf(parameter);
    }

    private static ConversionResult Result(
        StoredModel model, string path, ModelFormat format, Dictionary<string, int> types, IReadOnlyList<(string, long)> files, bool hasTokenizer, IReadOnlyList<string> remarks) =>
        new(path, format, model.Config.Architecture, ParameterNames.Count(model.Config).Total, types, files, hasTokenizer, remarks);

    /// <summary>The type that was asked for; null to keep each tensor's own.</summary>
    private static torch.ScalarType? Asked(ConversionOptions options) => options.Type is { } type ? ScalarTypeOf(type) : null;

    private static torch.ScalarType ScalarTypeOf(WeightType type) => type switch
    {
        WeightType.Float16 => torch.ScalarType.Float16,
        WeightType.BFloat16 => torch.ScalarType.BFloat16,
        _ => torch.ScalarType.Float32,
    };

    /// <summary>The type that most of the model's numbers are stored in.</summary>
    private static torch.ScalarType MostUsed(StoredModel model) =>
        model.Parameters.GroupBy(model.TypeOf).MaxBy(group => group.Sum(parameter => parameter.Shape.Aggregate(1L, (count, length) => count * length)))!.Key;

    private static Dictionary<string, int> Counted(IEnumerable<string> types) =>
        types.GroupBy(type => type, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
}
