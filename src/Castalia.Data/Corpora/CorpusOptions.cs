using System.Text;

namespace Castalia.Data;

/// <summary>What a corpus is built from and how; with the input files' bytes, all that its content depends on.</summary>
public sealed record CorpusOptions
{
    /// <summary>The most times a component may be repeated; more is a slip of the keyboard.</summary>
    public const double MostEpochs = 1000;

    /// <summary>Document files, folders of them, or globs.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>
    /// How often each component's training documents are repeated, by the component's name (the documents' <c>source</c>); the Pile's weights in the form its
    /// paper gives them. The fraction is drawn by document hash: at 2.5 every document comes twice and about half of them a third time.
    /// 0 leaves a component out of training; it is still in validation and test.
    /// </summary>
    public IReadOnlyDictionary<string, double> Epochs { get; init; } = new Dictionary<string, double>();

    /// <summary>Epochs of the components that <see cref="Epochs"/> does not name.</summary>
    public double DefaultEpochs { get; init; } = 1.0;

    /// <summary>Share of the documents that go into validation, from 0 to 1. The Pile's is 0.001.</summary>
    public double ValidationShare { get; init; } = 0.01;

    /// <summary>Share of the documents that go into test, from 0 to 1. The Pile's is 0.001.</summary>
    public double TestShare { get; init; } = 0.01;

    /// <summary>
    /// Salt of the hash that decides a document's split. Leave it alone between versions of a corpus: no test document then ever moves into training.
    /// </summary>
    public string SplitSalt { get; init; } = "castalia";

    /// <summary>Seed of the order that documents are written in, and of the draw of fractional epochs.</summary>
    public uint Seed { get; init; } = 1234;

    /// <summary>The epochs of a component.</summary>
    public double EpochsOf(string component) => Epochs.TryGetValue(component, out double epochs) ? epochs : DefaultEpochs;

    /// <summary>The split that a text belongs to: a function of the text, the salt and the two shares alone, whatever else is in the corpus.</summary>
    public CorpusSplit SplitOf(string text) => DocumentDraw.Of(Encoding.UTF8.GetBytes(text), this).SplitFor(this);

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="InputException">No inputs, a share outside 0 to 1, shares that leave no training documents, or epochs outside 0 to 1000.</exception>
    public void Validate()
    {
        if (Inputs.Count == 0)
            throw new InputException("inputs", null, "no documents are named.", "Name files, folders or globs of .jsonl, .jsonl.zst or .jsonl.gz.");
        CheckShare("validation share", ValidationShare);
        CheckShare("test share", TestShare);
        if (ValidationShare + TestShare >= 1)
        {
            throw new InputException(
                "validation share and test share", null,
                FormattableString.Invariant($"{ValidationShare} and {TestShare} leave nothing to train on."), "Let their sum be below 1.");
        }
        CheckEpochs("default epochs", DefaultEpochs);
        foreach ((string component, double epochs) in Epochs)
            CheckEpochs($"epochs of {component}", epochs);
    }

    private static void CheckShare(string option, double share)
    {
        if (!(share is >= 0 and <= 1))
            throw new InputException(option, null, FormattableString.Invariant($"expected a share from 0 to 1, found {share}."), "0.01 is one in a hundred.");
    }

    private static void CheckEpochs(string option, double epochs)
    {
        if (!(epochs is >= 0 and <= MostEpochs))
        {
            throw new InputException(
                option, null, FormattableString.Invariant($"expected epochs from 0 to {MostEpochs}, found {epochs}."), "The Pile repeats between 1 and 3 times.");
        }
    }
}
