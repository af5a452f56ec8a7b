using System.Text;
using System.Text.Json;
using Castalia.Text.TokenizerJson;

namespace Castalia.Text.PreTokenization;

/// <summary>Which pieces get a space put in front (HF's PrependScheme).</summary>
internal enum PrependScheme
{
    /// <summary>The one that begins the text.</summary>
    First,

    /// <summary>None.</summary>
    Never,

    /// <summary>All.</summary>
    Always,
}

/// <summary>What HF's Metaspace says in files, where the pre-tokenizer and the decoder of that name have the same keys.</summary>
/// <param name="Replacement">The character that stands for a space.</param>
/// <param name="Scheme">Which pieces get one put in front.</param>
/// <param name="Split">Whether the pre-tokenizer cuts before it.</param>
internal sealed record MetaspaceOptions(Rune Replacement, PrependScheme Scheme, bool Split)
{
    /// <summary>Reads the part. Old files have add_prefix_space, which says whether the scheme is to be "never", and str_rep, which says nothing.</summary>
    public static MetaspaceOptions Read(JsonPart part)
    {
        PrependScheme scheme = part.Find("prepend_scheme") is null
            ? PrependScheme.Always
            : part.Choice("prepend_scheme", ("first", PrependScheme.First), ("never", PrependScheme.Never), ("always", PrependScheme.Always));
        // HF refuses the file, rather than believe one of the two.
        if (!part.Flag("add_prefix_space", true) && scheme != PrependScheme.Never)
            throw part.Fail("add_prefix_space is false, but prepend_scheme is not \"never\".");
        return new MetaspaceOptions(part.Get("replacement").Character(), scheme, part.Flag("split", true));
    }

    /// <summary>Writes the part.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", Replacement.ToString());
        json.WriteString("prepend_scheme", Scheme switch { PrependScheme.First => "first", PrependScheme.Never => "never", _ => "always" });
        json.WriteBoolean("split", Split);
        json.WriteEndObject();
    }
}
