using System.Text;
using System.Text.Unicode;
using Castalia.Text.Bpe;
using Castalia.Text.Models;
using Castalia.Text.Normalization;
using Castalia.Text.PostProcessing;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>Encodes texts and pairs with all that is known of each token. For one thread at a time.</summary>
internal sealed class FullEncoder(TokenizerPipeline pipeline, EncodingPlan plan, Vocabulary vocabulary)
{
    private readonly Segmenter _segmenter = new(plan);
    private readonly PieceEncoder _encoder = plan.CreateEncoder();
    private readonly IdBuffer _tokens = new(tracked: true);
    private readonly ByteBuffer _text = new();

    /// <summary>Encodes a text, or a pair.</summary>
    /// <param name="first">UTF-8; ill-formed parts are read as U+FFFD, in code points as they then count, in bytes as they stand.</param>
    /// <param name="second">The second text of a pair.</param>
    /// <param name="isPair">Whether there is a second text.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="unit">What offsets count.</param>
    public TokenEncoding Encode(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, bool isPair, EncodeOptions options, OffsetUnit unit)
    {
        List<TokenEncoding> encodings = [EncodeOne(first, 0, options)];
        if (isPair)
            encodings.Add(EncodeOne(second, 1, options));
        bool addSpecial = (options & EncodeOptions.WithoutPostProcessor) == 0;
        if (pipeline.Truncation is { } truncation)
            Truncation.Apply(truncation, encodings, addSpecial ? pipeline.PostProcessor?.AddedTokens(isPair) ?? 0 : 0);
        encodings = pipeline.PostProcessor?.Process(encodings, addSpecial) ?? PostProcessor.NumberSequences(encodings);
        TokenEncoding joined = encodings.Count == 1 ? encodings[0] : TokenEncoding.Join(encodings);
        // Everything up to here counts code points, as HF does.
        if (unit != OffsetUnit.CodePoints)
            Convert(joined, [OffsetMap.Create(first, unit), isPair ? OffsetMap.Create(second, unit) : null]);
        return joined;
    }

    private static void Convert(TokenEncoding encoding, OffsetMap?[] maps)
    {
        encoding.MapOffsets((_, range, index) => encoding.SequenceIds[index] is int sequence && maps[sequence] is { } map
            ? new TextRange(map.Of(range.Start), map.Of(range.End))
            : range);
        foreach (TokenEncoding part in encoding.Overflowing)
            Convert(part, maps);
    }

    private TokenEncoding EncodeOne(ReadOnlySpan<byte> utf8, int sequence, EncodeOptions options)
    {
        if (!Utf8.IsValid(utf8))
        {
            _text.Clear();
            _text.AddRepaired(utf8);
            utf8 = _text.Bytes;
        }
        _segmenter.Cut(utf8, tracked: true, options);
        PreTokenizedText pieces = _segmenter.Pieces;
        CodePointCounter counter = new(utf8);
        TokenEncoding encoding = new(utf8.Length / 3);
        int word = 0;
        foreach (Piece piece in pieces.Pieces)
        {
            if (piece.Token is not null)
            {
                string shown = Encoding.UTF8.GetString(pieces.Text.Bytes[piece.Start..piece.End]);
                encoding.Add(piece.Token.Id, shown, counter.Of(pieces.Text.OriginOf(piece.Start, piece.End)), word++, sequence, sequence);
                continue;
            }
            _tokens.Clear();
            _encoder.Encode(pieces.Text.Bytes[piece.Start..piece.End], _tokens);
            AddTokens(encoding, piece, word++, sequence, ref counter);
        }
        return encoding;
    }

    private void AddTokens(TokenEncoding encoding, Piece piece, int word, int sequence, ref CodePointCounter counter)
    {
        NormalizedText text = _segmenter.Pieces.Text;
        for (int i = 0; i < _tokens.Length; i++)
        {
            TokenPlace place = _tokens.Places[i];
            int id = _tokens.Ids[i], start = piece.Start + place.Start, end = piece.Start + place.End;
            string shown = place.ShownAsText ? Encoding.UTF8.GetString(text.Bytes[start..end]) : vocabulary.TokenOf(id) ?? "";
            TextRange offset = end > piece.End ? counter.OfStray(place.Start, place.End)
                : counter.Of(end > start ? text.OriginOf(start, end) : Empty(text, piece, start));
            encoding.Add(id, shown, offset, word, sequence, sequence);
        }
    }

    private static OriginalRange Empty(NormalizedText text, Piece piece, int at)
    {
        int origin = at < piece.End ? text.OriginOf(at, at + 1).Start : text.OriginOf(at - 1, at).End;
        return new OriginalRange(origin, origin);
    }

    /// <summary>Byte places of a text as code points. Places mostly come in order, so that each is counted from the one before.</summary>
    private ref struct CodePointCounter(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly bool _ascii = Ascii.IsValid(text);
        private int _byte, _point;
        private OriginalRange _range;
        private TextRange _found;

        public TextRange Of(OriginalRange range)
        {
            if (_ascii)
                return new TextRange(range.Start, range.End);
            // A long run of unknown characters may come once for each byte: it is not walked each time.
            if (range != _range)
                (_range, _found) = (range, new TextRange(Of(range.Start), Of(range.End)));
            return _found;
        }

        /// <summary>
        /// Places beyond their piece, as marks of words that are written as bytes have them: HF then takes them for places in the text,
        /// and what is not in it stays as it is.
        /// </summary>
        public TextRange OfStray(int start, int end)
        {
            if (start >= _text.Length)
                return new TextRange(start, end);
            int first = Containing(start);
            return new TextRange(first, end < _text.Length ? Containing(end) : 1 + (end == _text.Length ? Containing(end - 1) : first + 1));
        }

        private int Containing(int place)
        {
            while ((_text[place] & 0xC0) == 0x80)
                place--;
            return Of(place);
        }

        private int Of(int place)
        {
            for (; _byte < place; _byte++)
                _point += (_text[_byte] & 0xC0) != 0x80 ? 1 : 0;
            for (; _byte > place; _byte--)
                _point -= (_text[_byte - 1] & 0xC0) != 0x80 ? 1 : 0;
            return _point;
        }
    }
}

/// <summary>The place of each code point of a text in another unit.</summary>
internal sealed class OffsetMap
{
    private readonly int[] _places;

    private OffsetMap(int[] places) => _places = places;

    /// <summary>The places of a text's code points; ill-formed parts count as one.</summary>
    /// <param name="utf8">The text as it was given.</param>
    /// <param name="unit">Bytes or UTF-16 units.</param>
    public static OffsetMap Create(ReadOnlySpan<byte> utf8, OffsetUnit unit)
    {
        List<int> places = new(utf8.Length + 1);
        int place = 0;
        while (utf8.Length > 0)
        {
            Rune.DecodeFromUtf8(utf8, out Rune rune, out int used);
            places.Add(place);
            place += unit == OffsetUnit.Bytes ? used : rune.Utf16SequenceLength;
            utf8 = utf8[used..];
        }
        places.Add(place);
        return new OffsetMap([.. places]);
    }

    /// <summary>The place of a code point; that after the last one, and all behind it, is the text's length.</summary>
    public int Of(int codePoint) => _places[Math.Min(codePoint, _places.Length - 1)];
}
