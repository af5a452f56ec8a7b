namespace Castalia.Data;

/// <summary>The three parts of a corpus; every document is in exactly one.</summary>
public enum CorpusSplit
{
    /// <summary>What models and tokenizers are trained on.</summary>
    Train,

    /// <summary>What is looked at during training.</summary>
    Validation,

    /// <summary>What is looked at in the end.</summary>
    Test,
}

/// <summary>How the parts are called on disk.</summary>
public static class CorpusSplits
{
    /// <summary>All of them, training first.</summary>
    public static IReadOnlyList<CorpusSplit> All { get; } = [CorpusSplit.Train, CorpusSplit.Validation, CorpusSplit.Test];

    /// <summary>The part's name in files: <c>train</c>, <c>validation</c>, <c>test</c>.</summary>
    public static string FileName(this CorpusSplit split) => split switch
    {
        CorpusSplit.Train => "train",
        CorpusSplit.Validation => "validation",
        CorpusSplit.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, null),
    };

    /// <summary>The part's document file in a corpus folder: <c>train.jsonl.zst</c>.</summary>
    public static string DocumentFile(this CorpusSplit split, string corpusFolder) => Path.Combine(corpusFolder, split.FileName() + ".jsonl.zst");
}
