using System.Text;
using Castalia.Text.Normalization;
using Castalia.Text.Unicode;

namespace Castalia.Text.AddedTokens;

/// <summary>
/// Finds added tokens in a text, as HF's AddedVocabulary does: leftmost, there the longest; a match that a flag rejects is passed over
/// whole and not tried shorter; white space that a match swallows does not move where the search goes on.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private readonly AddedToken[] _tokens;
    private readonly TokenTrie _trie;

    /// <param name="tokens">The tokens to look for.</param>
    /// <param name="normalizer">Applied to their contents; null to look for them as they are written.</param>
    public AddedTokenMatcher(IEnumerable<AddedToken> tokens, Normalizer? normalizer)
    {
        List<AddedToken> kept = [];
        List<byte[]> patterns = [];
        foreach (AddedToken token in tokens)
        {
            byte[] content = Encoding.UTF8.GetBytes(token.Content);
            byte[] pattern = normalizer is null ? content : normalizer.Normalize(content);
            if (pattern.Length == 0)
                continue;
            kept.Add(token);
            patterns.Add(pattern);
        }
        _tokens = [.. kept];
        _trie = new TokenTrie(patterns);
    }

    /// <summary>Whether there is no token to look for.</summary>
    public bool IsEmpty => _trie.IsEmpty;

    /// <summary>Begins a walk over a text's matches and what lies between them.</summary>
    public Walk Over(ReadOnlySpan<byte> text, bool specialAsText) => new(this, text, specialAsText);

    /// <summary>The pieces of a text in order: stretches without a token, and tokens.</summary>
    public ref struct Walk
    {
        private readonly AddedTokenMatcher _matcher;
        private readonly ReadOnlySpan<byte> _text;
        private readonly bool _specialAsText;
        private int _search, _done, _tokenEnd, _spaceFrom, _spaceTo;
        private AddedToken? _pending;

        internal Walk(AddedTokenMatcher matcher, ReadOnlySpan<byte> text, bool specialAsText)
        {
            _matcher = matcher;
            _text = text;
            _specialAsText = specialAsText;
            (_spaceFrom, _spaceTo) = (0, -1);
        }

        /// <summary>The token that the piece is; null for a stretch without one.</summary>
        public AddedToken? Token { get; private set; }

        /// <summary>Where the piece begins.</summary>
        public int Start { get; private set; }

        /// <summary>Where the piece ends; for a token, after the white space that it swallows.</summary>
        public int End { get; private set; }

        /// <summary>The text of the piece.</summary>
        public readonly ReadOnlySpan<byte> Stretch => _text[Start..End];

        /// <summary>Goes to the next piece; false at the end of the text.</summary>
        public bool Next()
        {
            if (_pending is not null)
            {
                (Token, _pending) = (_pending, null);
                (Start, End) = (End, _tokenEnd);
                _done = _tokenEnd;
                return true;
            }
            Token = null;
            while (_matcher._trie.Find(_text, _search, out int start, out int length, out int pattern))
            {
                int end = start + length;
                _search = end;
                AddedToken token = _matcher._tokens[pattern];
                if (_specialAsText && token.Special)
                    continue;
                if (token.SingleWord && (EndsWithWord(_text[..start]) || StartsWithWord(_text[end..])))
                    continue;
                if (token.LeftStrip)
                    start = SpaceStart(start);
                if (token.RightStrip)
                    end = SpaceEnd(end);
                _tokenEnd = end;
                if (_done < start)
                {
                    (Start, End) = (_done, start);
                    _pending = token;
                    return true;
                }
                (Start, End) = (start, end);
                _done = end;
                Token = token;
                return true;
            }
            (Start, End) = (_done, _text.Length);
            _search = _done = _text.Length;
            return End > Start;
        }

        private static bool EndsWithWord(ReadOnlySpan<byte> text) =>
            text.Length > 0 && (CharacterClasses.Of[CodePoint.Before(text, text.Length, out _)] & CharacterClasses.Word) != 0;

        private static bool StartsWithWord(ReadOnlySpan<byte> text) =>
            text.Length > 0 && (CharacterClasses.Of[CodePoint.At(text, 0, out _)] & CharacterClasses.Word) != 0;

        /// <summary>The start of the white space before a place, not past what is done.</summary>
        private readonly int SpaceStart(int end)
        {
            while (end > _done && (CharacterClasses.Of[CodePoint.Before(_text, end, out int length)] & CharacterClasses.Space) != 0)
                end -= length;
            return Math.Max(end, _done);
        }

        /// <summary>The end of the white space after a place. One run is walked once, however many matches lie in it.</summary>
        private int SpaceEnd(int at)
        {
            if (at >= _spaceFrom && at <= _spaceTo)
                return _spaceTo;
            _spaceFrom = at;
            while (at < _text.Length && (CharacterClasses.Of[CodePoint.At(_text, at, out int length)] & CharacterClasses.Space) != 0)
                at += length;
            return _spaceTo = at;
        }
    }
}
