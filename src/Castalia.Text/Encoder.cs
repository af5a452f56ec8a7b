using System.Text.Unicode;
using Castalia.Text.AddedTokens;
using Castalia.Text.Bpe;
using Castalia.Text.PreTokenization;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>Takes one text at a time through the pipeline, with working space and a word cache of its own: for one thread at a time.</summary>
internal sealed class Encoder(TokenizerPipeline pipeline)
{
    private readonly ByteBuffer _text = new(), _normalized = new(), _prefixed = new();
    private readonly MergeScratch _merges = new();
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
        bool specialAsText = (options & EncodeOptions.SpecialTokensAsText) != 0;
        bool whole = (options & EncodeOptions.WithoutPostProcessor) == 0;
        _ids.Clear();
        if (whole)
            _ids.Add(pipeline.Prefix);
        if (pipeline.RawTokens.IsEmpty)
        {
            EncodeStretch(text, specialAsText);
        }
        else
        {
            AddedTokenMatcher.Walk walk = pipeline.RawTokens.Over(text, specialAsText);
            while (walk.Next())
            {
                if (walk.Token is not null)
                    _ids.Add(walk.Token.Id);
                else
                    EncodeStretch(walk.Stretch, specialAsText);
            }
        }
        if (whole)
            _ids.Add(pipeline.Suffix);
        return _ids.Ids;
    }

    /// <summary>Encodes what lies between tokens of the raw text.</summary>
    private void EncodeStretch(ReadOnlySpan<byte> stretch, bool specialAsText)
    {
        if (pipeline.Normalizer is not null)
            stretch = pipeline.Normalizer.Normalize(stretch, _normalized);
        if (pipeline.NormalizedTokens.IsEmpty)
        {
            EncodePiece(stretch);
            return;
        }
        AddedTokenMatcher.Walk walk = pipeline.NormalizedTokens.Over(stretch, specialAsText);
        while (walk.Next())
        {
            if (walk.Token is not null)
                _ids.Add(walk.Token.Id);
            else
                EncodePiece(walk.Stretch);
        }
    }

    /// <summary>Encodes normalized text that holds no added token.</summary>
    private void EncodePiece(ReadOnlySpan<byte> piece)
    {
        PreTokenizer preTokenizer = pipeline.PreTokenizer;
        if (!preTokenizer.AddPrefixSpace)
        {
            EncodeWords(piece, preTokenizer.Scanners);
            return;
        }
        WordCursor outer = new(piece, preTokenizer.Before);
        while (outer.Next())
        {
            ReadOnlySpan<byte> part = piece[outer.Start..outer.End];
            if (part[0] != ' ')
            {
                _prefixed.Clear();
                _prefixed.Add((byte)' ');
                _prefixed.Add(part);
                part = _prefixed.Bytes;
            }
            EncodeWords(part, preTokenizer.AfterPrefix);
        }
    }

    private void EncodeWords(ReadOnlySpan<byte> text, WordScanner[] scanners)
    {
        if (scanners.Length == 1)
        {
            WordScanner scanner = scanners[0];
            for (int start = 0; start < text.Length;)
            {
                int end = scanner.NextEnd(text, start);
                _cache.Encode(text, start, end, pipeline.Model, _merges, _ids);
                start = end;
            }
            return;
        }
        WordCursor words = new(text, scanners);
        while (words.Next())
            _cache.Encode(text, words.Start, words.End, pipeline.Model, _merges, _ids);
    }
}
