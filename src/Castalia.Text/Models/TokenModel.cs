using System.Text.Json;
using Castalia.Text.Bpe;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Models;

/// <summary>A tokenizer's model: what turns the pieces of text into tokens. Immutable: one object serves all threads.</summary>
internal abstract class TokenModel
{
    /// <summary>The id of each token of the model's own vocabulary.</summary>
    public abstract IReadOnlyDictionary<string, int> Vocabulary { get; }

    /// <summary>All tokens with their ids: those of <see cref="Vocabulary"/>, and any that share a name with another but have an id of their own.</summary>
    public virtual IEnumerable<KeyValuePair<string, int>> Tokens => Vocabulary;

    /// <summary>How many tokens there are.</summary>
    public virtual int TokenCount => Vocabulary.Count;

    /// <summary>
    /// Where set, pieces may be cut by it first: encoding the parts one by one gives the ids of the whole piece. Null where that is not so.
    /// </summary>
    public virtual WordScanner? Cuts => null;

    /// <summary>A new encoder with working space of its own.</summary>
    public abstract PieceEncoder CreateEncoder();

    /// <summary>Writes the model as tokenizer.json has it: an object whose first key is "type", the others in HF's order.</summary>
    public abstract void Write(Utf8JsonWriter json);
}

/// <summary>Encodes pieces with one model: working space for one thread at a time.</summary>
internal abstract class PieceEncoder
{
    /// <summary>Adds the tokens of one piece. What each piece gives depends on nothing but the piece.</summary>
    /// <param name="piece">Valid UTF-8, not empty.</param>
    /// <param name="tokens">Takes the tokens; where it is tracked, with the bytes of the piece that each stands for.</param>
    public abstract void Encode(ReadOnlySpan<byte> piece, IdBuffer tokens);
}
