using System.Buffers;

namespace Castalia.Text;

/// <summary>
/// Encodes a text that comes in parts, of any length: the ids are those of the whole text, however it is cut into parts. Only as much of
/// the text is kept as is needed for that: about a megabyte, where the tokenizer lets text be cut at words; the whole text where it does
/// not (see <see cref="KeepsWholeText"/>). For one thread at a time.
/// </summary>
public sealed class StreamEncoder
{
    private readonly Encoder _encoder;
    private readonly EncodingPlan _plan;
    private readonly StreamCuts? _cuts;
    private readonly EncodeOptions _options;
    private readonly int _enough;
    private byte[] _text = new byte[4096];
    private int _length, _searched;
    private bool _begun;

    /// <param name="pipeline">The tokenizer's parts.</param>
    /// <param name="plan">What follows from them.</param>
    /// <param name="options">How special tokens are treated.</param>
    /// <param name="enough">How many bytes are waited for before a place to cut is looked for.</param>
    internal StreamEncoder(TokenizerPipeline pipeline, EncodingPlan plan, EncodeOptions options, int enough)
    {
        if (plan.IdsNeedWholeEncoding)
        {
            throw new InputException("tokenizer", null, "its truncation, padding or post-processor needs the whole text.",
                "Take the tokenizer WithTruncation(null).WithPadding(null), or encode without the post-processor.");
        }
        (_encoder, _plan, _options, _enough) = (new Encoder(plan), plan, options, enough);
        _cuts = StreamCuts.Of(pipeline, plan);
    }

    /// <summary>Whether nothing is encoded before the end: the tokenizer has parts that may look at any distance.</summary>
    public bool KeepsWholeText => _cuts is null;

    /// <summary>Takes the next part of the text; writes the ids that are certain.</summary>
    /// <param name="utf8">UTF-8; may end inside a character. Ill-formed parts are read as U+FFFD.</param>
    /// <param name="ids">Takes the ids.</param>
    /// <exception cref="InputException">A text that has to be kept whole is longer than 2 GB, or holds a special token that is to be refused.</exception>
    public void Append(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        // Long parts are taken a piece at a time, so that what is kept stays small.
        for (; utf8.Length > _enough; utf8 = utf8[_enough..])
            AppendPart(utf8[.._enough], ids);
        AppendPart(utf8, ids);
    }

    /// <summary>Ends the text: writes what is left. The encoder can then begin anew.</summary>
    public void Finish(IBufferWriter<int> ids)
    {
        Begin(ids);
        Encode(_length, ids);
        if ((_options & EncodeOptions.WithoutPostProcessor) == 0)
            ids.Write(_plan.Suffix);
        (_length, _searched, _begun) = (0, 0, false);
    }

    private void AppendPart(ReadOnlySpan<byte> utf8, IBufferWriter<int> ids)
    {
        Begin(ids);
        if (utf8.Length > Array.MaxLength - _length)
        {
            throw new InputException("text", $"byte {_length}", "the text has to be encoded whole and is longer than 2 GB.",
                "Cut it into documents.");
        }
        if (utf8.Length > _text.Length - _length)
            Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(_text.Length * 2L, (long)_length + utf8.Length)));
        utf8.CopyTo(_text.AsSpan(_length));
        _length += utf8.Length;
        if (_cuts is null || _length < _enough || _length < _searched * 2)
            return;
        int cut = _cuts.Last(_text.AsSpan(0, _length));
        // A text without a place to cut is searched again only when it has doubled.
        _searched = cut == 0 ? _length : 0;
        Encode(cut, ids);
    }

    private void Begin(IBufferWriter<int> ids)
    {
        if (!_begun && (_options & EncodeOptions.WithoutPostProcessor) == 0)
            ids.Write(_plan.Prefix);
        _begun = true;
    }

    private void Encode(int length, IBufferWriter<int> ids)
    {
        if (length == 0)
            return;
        ids.Write(_encoder.Encode(_text.AsSpan(0, length), _options | EncodeOptions.WithoutPostProcessor));
        _text.AsSpan(length, _length - length).CopyTo(_text);
        _length -= length;
    }
}
