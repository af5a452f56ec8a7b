using Castalia.Text.Bpe;
using Castalia.Text.Models;

namespace Castalia.Text.Training;

/// <summary>A trained vocabulary.</summary>
/// <param name="Tokens">The token of each id.</param>
/// <param name="Options">How it was trained.</param>
internal abstract record TrainedModel(IReadOnlyList<string> Tokens, TrainerOptions Options)
{
    /// <summary>The model that encodes with it, and with HF's defaults where the options say nothing.</summary>
    public abstract TokenModel ToModel();

    /// <summary>The id of each token.</summary>
    protected Dictionary<string, int> Ids() => Tokens.Index().ToDictionary(token => token.Item, token => token.Index);
}

/// <summary>Tokens and merges.</summary>
internal sealed record TrainedBpe : TrainedModel
{
    /// <param name="tokens">The token of each id.</param>
    /// <param name="merges">The merges as they were made. Of a pair that was merged twice the last counts, as in HF's table of merges.</param>
    /// <param name="options">How it was trained.</param>
    public TrainedBpe(IReadOnlyList<string> tokens, IReadOnlyList<(int Left, int Right)> merges, TrainerOptions options) : base(tokens, options) =>
        Merges = [.. merges.Reverse().Distinct().Reverse().Select(merge => (tokens[merge.Left], tokens[merge.Right]))];

    /// <summary>The merges in order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    public override TokenModel ToModel() => new BpeModel(Ids(), [.. Merges], new BpeFlags
    {
        UnknownToken = Options.UnknownToken,
        ContinuingSubwordPrefix = Options.ContinuingSubwordPrefix,
        EndOfWordSuffix = Options.EndOfWordSuffix,
        ByteFallback = Options.ByteFallback,
    });
}

/// <summary>Tokens that are looked for by longest match.</summary>
internal sealed record TrainedWordPiece(IReadOnlyList<string> Tokens, TrainerOptions Options) : TrainedModel(Tokens, Options)
{
    private const int MostCharactersOfWord = 100;

    public override TokenModel ToModel() => new WordPieceModel(Ids(), Options.UnknownToken ?? "[UNK]", Options.PrefixInUse, MostCharactersOfWord);
}

/// <summary>Tokens that are words.</summary>
internal sealed record TrainedWordLevel(IReadOnlyList<string> Tokens, TrainerOptions Options) : TrainedModel(Tokens, Options)
{
    public override TokenModel ToModel() => new WordLevelModel(Ids(), Options.UnknownToken ?? "<unk>");
}

/// <summary>Tokens and the logarithms of their probabilities.</summary>
internal sealed record TrainedUnigram(IReadOnlyList<string> Tokens, IReadOnlyList<double> Scores, TrainerOptions Options) : TrainedModel(Tokens, Options)
{
    public override TokenModel ToModel() => new UnigramModel(
        [.. Tokens.Zip(Scores)],
        Options.UnknownToken is string unknown ? Tokens.Index().First(token => token.Item == unknown).Index : null,
        Options.ByteFallback);
}
