using System.Text.Json;

namespace Castalia.Text.Decoding;

/// <summary>
/// A part of a tokenizer that turns tokens into text. Immutable: one object serves all threads. The work is done by a stage that takes
/// tokens as they come, so that decoding all at once and decoding as a model speaks are one and the same.
/// </summary>
internal abstract class Decoder
{
    /// <summary>A new stage that hands what it makes to the next.</summary>
    public abstract DecoderStage CreateStage(DecoderStage next);

    /// <summary>Writes the part as tokenizer.json has it: an object whose first key is "type", the others in HF's order.</summary>
    public abstract void Write(Utf8JsonWriter json);
}

/// <summary>
/// One decoder at work. Tokens come whole or in fragments (where an earlier stage makes one token of several and hands on what is certain).
/// A stage hands on text as soon as nothing that comes later can change it. A fragment is whole characters.
/// </summary>
internal abstract class DecoderStage
{
    /// <summary>Takes a token or a fragment of one.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="startsToken">Whether a token begins with it; otherwise it goes on with the token before.</param>
    /// <param name="endsToken">Whether the token ends with it.</param>
    public abstract void Push(string text, bool startsToken, bool endsToken);

    /// <summary>The tokens are at an end: what was held back is handed on, then the next stage is told. The stage can then begin anew.</summary>
    public abstract void Finish();
}
