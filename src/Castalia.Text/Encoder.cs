using System.Text.Unicode;
using Castalia.Text.AddedTokens;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.Normalization;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>Takes one text at a time through a tokenizer's parts to ids, with working space and a word cache of its own: for one thread at a time.</summary>
internal sealed class Encoder(EncodingPlan plan)
{
    private readonly ByteBuffer _text = new();
    private readonly NormalizedText _normalized = new();
    private readonly Segmenter _segmenter = new(plan);
    private readonly PieceEncoder _encoder = plan.CreateEncoder();
    private readonly WordCache _cache = new();
    private readonly IdBuffer _ids = new();

    /// <summary>The ids of a text; good until the next call.</summary>
    public ReadOnlySpan<int> Encode(ReadOnlySpan<char> text, EncodeOptions options)
    {
        _text.Clear();
        _text.Add(text);
        return EncodeValid(_text.Bytes, options);
    }

    /// <summary>The ids of a text in UTF-8, ill-formed parts read as U+FFFD; good until the next call.</summary>
    public ReadOnlySpan<int> Encode(ReadOnlySpan<byte> utf8, EncodeOptions options)
    {
        if (Utf8.IsValid(utf8))
            return EncodeValid(utf8, options);
        _text.Clear();
        _text.AddRepaired(utf8);
        return EncodeValid(_text.Bytes, options);
    }

    private ReadOnlySpan<int> EncodeValid(ReadOnlySpan<byte> text, EncodeOptions options)
    {
        bool whole = (options & EncodeOptions.WithoutPostProcessor) == 0;
        _ids.Clear();
        if (whole)
            _ids.Add(plan.Prefix);
        if (plan.Scanners is null)
            EncodePieces(text, options);
        else if (plan.RawTokens.IsEmpty)
            EncodeStretch(text, 0, options);
        else
            EncodeBetweenTokens(text, options);
        if (whole)
            _ids.Add(plan.Suffix);
        return _ids.Ids;
    }

    /// <summary>The general way: the whole text is cut into pieces first.</summary>
    private void EncodePieces(ReadOnlySpan<byte> text, EncodeOptions options)
    {
        _segmenter.Cut(text, tracked: false, options);
        ReadOnlySpan<byte> bytes = _segmenter.Pieces.Text.Bytes;
        foreach (Piece piece in _segmenter.Pieces.Pieces)
        {
            if (piece.Token is not null)
                _ids.Add(piece.Token.Id);
            else if (plan.Cuts is not null && piece.End - piece.Start > WordCache.LongestInline)
                _cache.Encode(bytes, piece.Start, piece.End, plan.Cuts, _encoder, _ids);
            else
                _cache.Encode(bytes, piece.Start, piece.End, _encoder, _ids);
        }
    }

    /// <summary>The fast way, where the pre-tokenizer only cuts: words go straight from the text to the cache.</summary>
    private void EncodeBetweenTokens(ReadOnlySpan<byte> text, EncodeOptions options)
    {
        AddedTokenMatcher.Walk walk = plan.RawTokens.Over(text, (options & EncodeOptions.SpecialTokensAsText) != 0);
        while (walk.Next())
        {
            if (walk.Token is not null)
                AddToken(walk.Token, walk.Start, options);
            else
                EncodeStretch(walk.Stretch, walk.Start, options);
        }
    }

    private void EncodeStretch(ReadOnlySpan<byte> stretch, int start, EncodeOptions options)
    {
        if (plan.Normalizer is not null && !plan.Normalizer.LeavesAsIs(stretch))
        {
            _normalized.Clear(tracked: false);
            _normalized.Append(stretch, 0);
            plan.Normalizer.Normalize(_normalized);
            stretch = _normalized.Bytes;
        }
        if (plan.NormalizedTokens.IsEmpty)
        {
            EncodeWords(stretch, 0, stretch.Length);
            return;
        }
        AddedTokenMatcher.Walk walk = plan.NormalizedTokens.Over(stretch, (options & EncodeOptions.SpecialTokensAsText) != 0);
        while (walk.Next())
        {
            if (walk.Token is not null)
                AddToken(walk.Token, start, options);
            else
                EncodeWords(stretch, walk.Start, walk.End);
        }
    }

    private void AddToken(AddedToken token, int place, EncodeOptions options)
    {
        SpecialTokens.Admit(token, place, options);
        _ids.Add(token.Id);
    }

    /// <summary>Encodes a stretch of normalized text that holds no added token.</summary>
    private void EncodeWords(ReadOnlySpan<byte> text, int start, int end)
    {
        if (plan.Scanners is [WordScanner scanner])
        {
            _cache.Encode(text, start, end, scanner, _encoder, _ids);
            return;
        }
        text = text[start..end];
        WordCursor words = new(text, plan.Scanners!);
        while (words.Next())
            _cache.Encode(text, words.Start, words.End, _encoder, _ids);
    }
}

/// <summary>What is said of special tokens in a text that must not hold any.</summary>
internal static class SpecialTokens
{
    /// <summary>Lets an added token that was found in a text pass, or complains.</summary>
    /// <exception cref="InputException">It is special, and special tokens are to be refused.</exception>
    public static void Admit(AddedToken token, int place, EncodeOptions options)
    {
        if (!token.Special || (options & EncodeOptions.RefuseSpecialTokens) == 0)
            return;
        throw new InputException("text", $"byte {place}",
            $"the text holds the special token \"{token.Content}\" (id {token.Id}), which was to be refused.",
            "Take it out, or have special tokens encoded as text.");
    }
}
