using System.Text.Json;

namespace Castalia.Text.PreTokenization;

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<PreTokenizer> parts) : PreTokenizer
{
    /// <summary>The parts in order.</summary>
    public IReadOnlyList<PreTokenizer> Parts => parts;

    /// <summary>Once a part has written the text anew, letters and white space need no longer be what they were.</summary>
    public override bool CutsBeforeSpaceAfterLetter => FirstCut(Flatten(this)) is not null;

    /// <summary>Parts after one that always cuts there see the two sides apart in any case.</summary>
    public override bool IsLocal
    {
        get
        {
            PreTokenizer[] flat = [.. Flatten(this)];
            int first = FirstCut(flat) ?? flat.Length - 1;
            return flat[..(first + 1)].All(part => part.IsLocal) && !flat.Any(part => part.NeedsOrigins);
        }
    }

    public override bool NeedsOrigins => parts.Any(part => part.NeedsOrigins);

    /// <summary>The parts of a pre-tokenizer, those of sequences in it in their place.</summary>
    public static IEnumerable<PreTokenizer> Flatten(PreTokenizer? part) => part switch
    {
        null => [],
        PreTokenizerSequence sequence => sequence.Parts.SelectMany(Flatten),
        _ => [part],
    };

    /// <summary>All parts of a pre-tokenizer in order but a ByteLevel at the end, and that: with it a model may work on bytes.</summary>
    public static (PreTokenizer[] Parts, ByteLevelPreTokenizer? ByteLevel) BeforeByteLevel(PreTokenizer? part)
    {
        PreTokenizer[] parts = [.. Flatten(part)];
        return parts is [.., ByteLevelPreTokenizer last] ? (parts[..^1], last) : (parts, null);
    }

    public override void PreTokenize(PreTokenizedText text)
    {
        foreach (PreTokenizer part in parts)
            part.PreTokenize(text);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (PreTokenizer part in parts)
            part.Write(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Which part is the first that always cuts between a letter and a space; null where none does before the text is written anew.</summary>
    private static int? FirstCut(IEnumerable<PreTokenizer> flat)
    {
        int index = 0;
        foreach (PreTokenizer part in flat)
        {
            if (part.CutsBeforeSpaceAfterLetter)
                return index;
            if (part is not PieceCutter)
                return null;
            index++;
        }
        return null;
    }
}
