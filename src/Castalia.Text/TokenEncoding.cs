using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Castalia.Text;

/// <summary>A range of the text that was encoded.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Where it ends: the place after its last unit.</param>
public readonly record struct TextRange(int Start, int End);

/// <summary>What <see cref="TextRange"/> counts.</summary>
public enum OffsetUnit
{
    /// <summary>Unicode code points, as Python's strings and HF's offsets count.</summary>
    [JsonStringEnumMemberName("codepoints")]
    CodePoints,

    /// <summary>Bytes of UTF-8.</summary>
    Bytes,

    /// <summary>UTF-16 units, the indices of a .NET string.</summary>
    Utf16,
}

/// <summary>
/// A text, or a pair of texts, as tokens, with all that is known of each: HF's Encoding. The lists are of one length, a row a token.
/// </summary>
public sealed class TokenEncoding
{
    private readonly List<int> _ids, _typeIds;
    private readonly List<string> _tokens;
    private readonly List<TextRange> _offsets;
    private readonly List<int?> _wordIds, _sequenceIds;
    private readonly List<bool> _special, _attention;
    private List<TokenEncoding> _overflowing = [];

    internal TokenEncoding(int capacity = 0)
    {
        _ids = new(capacity);
        _typeIds = new(capacity);
        _tokens = new(capacity);
        _offsets = new(capacity);
        _wordIds = new(capacity);
        _sequenceIds = new(capacity);
        _special = new(capacity);
        _attention = new(capacity);
    }

    /// <summary>The ids.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>The tokens as the tokenizer writes them (<c>Ġthe</c>); for added tokens the text that was matched.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The range of the text that each token stands for; (0, 0) for tokens that were put in.</summary>
    public IReadOnlyList<TextRange> Offsets => _offsets;

    /// <summary>Which piece of the text (counted by the pre-tokenizer) each token belongs to; null for tokens that were put in.</summary>
    public IReadOnlyList<int?> WordIds => _wordIds;

    /// <summary>Which text of a pair each token belongs to, 0 or 1; null for tokens that were put in.</summary>
    public IReadOnlyList<int?> SequenceIds => _sequenceIds;

    /// <summary>The segment of each token, as BERT uses it.</summary>
    public IReadOnlyList<int> TypeIds => _typeIds;

    /// <summary>Whether a token was put in by the post-processor or as padding.</summary>
    public IReadOnlyList<bool> SpecialTokensMask => _special;

    /// <summary>Whether a token is to be attended to: all but padding.</summary>
    public IReadOnlyList<bool> AttentionMask => _attention;

    /// <summary>What truncation cut off, in windows of the same length that overlap by the stride.</summary>
    public IReadOnlyList<TokenEncoding> Overflowing => new ReadOnlyCollection<TokenEncoding>(_overflowing);

    /// <summary>How many tokens there are.</summary>
    public int Count => _ids.Count;

    /// <summary>The token that stands for a place of the text; null where there is none.</summary>
    /// <param name="position">The place, in the unit of the offsets.</param>
    /// <param name="sequence">Which text of a pair.</param>
    public int? TokenAt(int position, int sequence = 0)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_sequenceIds[i] == sequence && position >= _offsets[i].Start && position < _offsets[i].End)
                return i;
        }
        return null;
    }

    /// <summary>The ids without a copy; good until the next change.</summary>
    internal ReadOnlySpan<int> IdSpan => CollectionsMarshal.AsSpan(_ids);

    internal void Add(int id, string token, TextRange offset, int? word, int? sequence, int type = 0, bool special = false)
    {
        _ids.Add(id);
        _tokens.Add(token);
        _offsets.Add(offset);
        _wordIds.Add(word);
        _sequenceIds.Add(sequence);
        _typeIds.Add(type);
        _special.Add(special);
        _attention.Add(true);
    }

    /// <summary>Says that all its tokens, and those cut off, belong to a text of a pair.</summary>
    internal void SetSequence(int sequence)
    {
        CollectionsMarshal.AsSpan(_sequenceIds).Fill(sequence);
        _overflowing.ForEach(part => part.SetSequence(sequence));
    }

    /// <summary>Gives all its tokens, not those cut off, a segment.</summary>
    internal void SetType(int type) => CollectionsMarshal.AsSpan(_typeIds).Fill(type);

    /// <summary>Changes offsets token by token.</summary>
    internal void MapOffsets(Func<string, TextRange, int, TextRange> map)
    {
        for (int i = 0; i < Count; i++)
            _offsets[i] = map(_tokens[i], _offsets[i], i);
    }

    /// <summary>Keeps the first (or last) <paramref name="length"/> tokens; the rest becomes <see cref="Overflowing"/>.</summary>
    /// <param name="length">How many tokens stay.</param>
    /// <param name="stride">How many tokens neighbouring windows share; less than the length.</param>
    /// <param name="fromLeft">Whether tokens are cut off at the start.</param>
    internal void Truncate(int length, int stride, bool fromLeft)
    {
        if (length >= Count)
            return;
        if (length == 0)
        {
            TokenEncoding all = Slice(0, Count);
            all._overflowing = _overflowing;
            _overflowing = [.. _overflowing, all];
            Keep(0, 0);
            return;
        }
        List<TokenEncoding> windows = [];
        int step = length - stride;
        if (fromLeft)
        {
            for (int end = Count; windows.Count == 0 || end > 0; end -= step)
            {
                int start = Math.Max(0, end - length);
                windows.Add(Slice(start, end));
                if (start == 0)
                    break;
            }
        }
        else
        {
            for (int start = 0; ; start += step)
            {
                int end = Math.Min(start + length, Count);
                windows.Add(Slice(start, end));
                if (end == Count)
                    break;
            }
        }
        _overflowing = windows[1..];
        if (fromLeft)
            Keep(Count - length, Count);
        else
            Keep(0, length);
    }

    /// <summary>Fills up to a length, the windows cut off as well.</summary>
    internal void Pad(int length, int id, int type, string token, bool left)
    {
        _overflowing.ForEach(part => part.Pad(length, id, type, token, left));
        int missing = length - Count;
        if (missing <= 0)
            return;
        int at = left ? 0 : Count;
        _ids.InsertRange(at, Enumerable.Repeat(id, missing));
        _tokens.InsertRange(at, Enumerable.Repeat(token, missing));
        _offsets.InsertRange(at, Enumerable.Repeat(default(TextRange), missing));
        _wordIds.InsertRange(at, Enumerable.Repeat((int?)null, missing));
        _sequenceIds.InsertRange(at, Enumerable.Repeat((int?)null, missing));
        _typeIds.InsertRange(at, Enumerable.Repeat(type, missing));
        _special.InsertRange(at, Enumerable.Repeat(true, missing));
        _attention.InsertRange(at, Enumerable.Repeat(false, missing));
    }

    /// <summary>Encodings one after the other. Each window cut off from one is joined with what the others are, whole and cut off (HF's merge).</summary>
    internal static TokenEncoding Join(IReadOnlyList<TokenEncoding> parts)
    {
        TokenEncoding joined = new();
        foreach (TokenEncoding part in parts)
            joined.Append(part);
        return joined;
    }

    /// <summary>A copy of its own.</summary>
    internal TokenEncoding Copy()
    {
        TokenEncoding copy = Slice(0, Count);
        copy._overflowing = [.. _overflowing.Select(part => part.Copy())];
        return copy;
    }

    private void Append(TokenEncoding other)
    {
        List<TokenEncoding> overflowing = [];
        foreach (TokenEncoding own in _overflowing)
        {
            overflowing.Add(own.With(other));
            foreach (TokenEncoding part in other._overflowing)
                overflowing.Add(own.With(part));
        }
        foreach (TokenEncoding part in other._overflowing)
            overflowing.Add(With(part));
        AppendRows(other, 0, other.Count);
        _overflowing = overflowing;
    }

    private TokenEncoding With(TokenEncoding other)
    {
        // What is nested deeper is joined as well, as in HF.
        TokenEncoding joined = Copy();
        joined.Append(other);
        return joined;
    }

    private TokenEncoding Slice(int start, int end)
    {
        TokenEncoding slice = new(end - start);
        slice.AppendRows(this, start, end);
        return slice;
    }

    private void AppendRows(TokenEncoding other, int start, int end)
    {
        _ids.AddRange(CollectionsMarshal.AsSpan(other._ids)[start..end]);
        _tokens.AddRange(CollectionsMarshal.AsSpan(other._tokens)[start..end]);
        _offsets.AddRange(CollectionsMarshal.AsSpan(other._offsets)[start..end]);
        _wordIds.AddRange(CollectionsMarshal.AsSpan(other._wordIds)[start..end]);
        _sequenceIds.AddRange(CollectionsMarshal.AsSpan(other._sequenceIds)[start..end]);
        _typeIds.AddRange(CollectionsMarshal.AsSpan(other._typeIds)[start..end]);
        _special.AddRange(CollectionsMarshal.AsSpan(other._special)[start..end]);
        _attention.AddRange(CollectionsMarshal.AsSpan(other._attention)[start..end]);
    }

    private void Keep(int start, int end)
    {
        Cut(_ids);
        Cut(_tokens);
        Cut(_offsets);
        Cut(_wordIds);
        Cut(_sequenceIds);
        Cut(_typeIds);
        Cut(_special);
        Cut(_attention);

        void Cut<T>(List<T> list)
        {
            list.RemoveRange(end, list.Count - end);
            list.RemoveRange(0, start);
        }
    }
}
