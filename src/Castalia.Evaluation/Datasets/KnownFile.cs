namespace Castalia.Evaluation;

/// <summary>
/// A file that people keep of a data set in a shape of its own: another name, other columns, or a part of it only. What a manifest says of such
/// a file is not enough to use it under the hub's name; the rest is here.
/// </summary>
/// <param name="Pattern">The file in its manifest, <c>*</c> for its name without endings.</param>
/// <param name="Name">The hub's name.</param>
/// <param name="Config">The configuration; <c>*</c> for the file's name without endings; null for the only one.</param>
/// <param name="Split">The split, or null if the file's name says it.</param>
internal sealed record KnownFile(string Pattern, string Name, string? Config = null, string? Split = null)
{
    /// <summary>Brings a row into the hub's columns.</summary>
    public Func<Row, Row>? Shape { get; init; }

    /// <summary>How many rows, from the first, are the split's.</summary>
    public int? Limit { get; init; }

    /// <summary>What the file is instead of the split, where it is not the split itself.</summary>
    public string? Instead { get; init; }

    /// <summary>Why the file cannot be used under the hub's name at all.</summary>
    public string? Unfit { get; init; }

    private static readonly KnownFile[] All =
    [
        .. new (string File, string Config)[]
        {
            ("single_digit_three_ops", "arithmetic_1dc"), ("two_digit_addition", "arithmetic_2da"), ("two_digit_subtraction", "arithmetic_2ds"),
            ("two_digit_multiplication", "arithmetic_2dm"), ("three_digit_addition", "arithmetic_3da"), ("three_digit_subtraction", "arithmetic_3ds"),
            ("four_digit_addition", "arithmetic_4da"), ("four_digit_subtraction", "arithmetic_4ds"), ("five_digit_addition", "arithmetic_5da"),
            ("five_digit_subtraction", "arithmetic_5ds"),
        }.Select(pair => new KnownFile($"arithmetic/{pair.File}", "EleutherAI/arithmetic", pair.Config, "validation") { Shape = HubRows.Arithmetic }),
        new("unscramble/*", "EleutherAI/unscramble", "*", "validation"),
        new("blimp/*", "nyu-mll/blimp", "*", "train"),
        new("truthfulqa/*", "truthfulqa/truthful_qa", "*", "validation"),
        new("bbh/*", "SaylorTwift/bbh", "*", "test"),
        new("math500/test", "HuggingFaceH4/MATH-500", null, "test") { Shape = HubRows.Math500 },
        new("pubmedqa/test", "bigbio/pubmed_qa", "pubmed_qa_labeled_fold0_source", "test"),
        new("pubmedqa/pqa_labeled_all", "qiaojin/PubMedQA", "pqa_labeled", "train") { Shape = HubRows.PubMedQa },
        new("hellaswag/validation_sample1000", "Rowan/hellaswag", null, "validation") { Instead = "a sample of 1,000 of its documents" },
        new("crows_pairs/original_english", "jannalu/crows_pairs_multilingual", "english", "test") { Instead = "the text before its revision" },
        new("wsc/WSCollection", "ErnestSDavis/winograd_wsc", "wsc273", "test") { Shape = HubRows.Winograd, Limit = 273, Instead = "the collection's own text, whose spaces differ" },
        new("wikitext2_unk/test", "EleutherAI/wikitext_document_level", "wikitext-2-raw-v1", "test") { Instead = "the text with <unk> for rare words" },
        new("wikitext2_unk/validation", "EleutherAI/wikitext_document_level", "wikitext-2-raw-v1", "validation") { Instead = "the text with <unk> for rare words, as one document" },
        new("aime24/test", "Maxwell-Jia/AIME_2024", null, "train") { Shape = HubRows.Aime, Instead = "the same problems from another collection" },
        new("agieval/*", "hails/agieval-*", null, "test") { Unfit = "its rows have passage, question and options where the hub's have a ready query" },
        new("winogender/all_sentences", "oskarvanderwal/winogender", "all", "test") { Unfit = "its rows have no pronoun, occupation, participant and label" },
        new("squad/validation_sample1000", "allenai/squad", null, "validation") { Unfit = "its rows are ready prompts of another harness" },
        new("drop/validation_sample1000", "EleutherAI/drop", null, "validation") { Unfit = "its answers are parsed already, which the task does itself" },
    ];

    /// <summary>What is known of a manifest's file, the stars filled in.</summary>
    public static KnownFile? Find(string file)
    {
        string path = DatasetManifest.WithoutEndings(file);
        string stem = path[(path.LastIndexOf('/') + 1)..];
        string folder = path[..^stem.Length];
        KnownFile? known = Array.Find(All, known => known.Pattern == path || known.Pattern == folder + "*");
        return known is null ? null : known with
        {
            Name = known.Name.Replace("*", stem, StringComparison.Ordinal),
            Config = known.Config?.Replace("*", stem, StringComparison.Ordinal),
        };
    }
}
