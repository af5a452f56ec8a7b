using Castalia.Text.AddedTokens;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;

namespace Castalia.Text;

/// <summary>
/// Takes a text through all that comes before the model: added tokens are found, what is between them is normalized, and cut into pieces.
/// For one thread at a time.
/// </summary>
internal sealed class Segmenter(EncodingPlan plan)
{
    private readonly NormalizedText _stretch = new();

    /// <summary>The pieces of a text; good until the next call.</summary>
    public PreTokenizedText Pieces { get; } = new();

    /// <summary>Cuts a text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="tracked">Whether to keep what each piece comes from.</param>
    /// <param name="options">How special tokens are treated.</param>
    public void Cut(ReadOnlySpan<byte> text, bool tracked, EncodeOptions options)
    {
        tracked |= plan.NeedsOrigins;
        bool specialAsText = (options & EncodeOptions.SpecialTokensAsText) != 0;
        Pieces.Clear(tracked);
        AddedTokenMatcher.Walk walk = plan.RawTokens.Over(text, specialAsText);
        while (walk.Next())
        {
            if (walk.Token is null)
            {
                CutStretch(walk.Stretch, walk.Start, tracked, options);
                continue;
            }
            SpecialTokens.Admit(walk.Token, walk.Start, options);
            int start = Pieces.Text.Length;
            Pieces.Text.Append(walk.Stretch, walk.Start);
            Pieces.Add(new Piece(start, Pieces.Text.Length, walk.Token));
        }
        plan.PreTokenize(Pieces);
    }

    private void CutStretch(ReadOnlySpan<byte> stretch, int offset, bool tracked, EncodeOptions options)
    {
        _stretch.Clear(tracked);
        _stretch.Append(stretch, offset);
        if (plan.Normalizer is not null && !plan.Normalizer.LeavesAsIs(stretch))
            plan.Normalizer.Normalize(_stretch);
        if (plan.NormalizedTokens.IsEmpty)
        {
            Add(0, _stretch.Length, null);
            return;
        }
        AddedTokenMatcher.Walk walk = plan.NormalizedTokens.Over(_stretch.Bytes, (options & EncodeOptions.SpecialTokensAsText) != 0);
        while (walk.Next())
        {
            if (walk.Token is not null)
                SpecialTokens.Admit(walk.Token, offset, options);
            Add(walk.Start, walk.End, walk.Token);
        }
    }

    private void Add(int from, int to, AddedToken? token)
    {
        int start = Pieces.Text.Length;
        Pieces.Text.Append(_stretch, from, to);
        Pieces.Add(new Piece(start, Pieces.Text.Length, token));
    }
}
