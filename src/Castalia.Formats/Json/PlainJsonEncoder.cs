using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Castalia.Formats;

/// <summary>
/// Escapes what RFC 8259 wants escaped (quotation mark, backslash, control characters) and nothing else. .NET's own encoders turn every
/// character above U+FFFF into twelve of ASCII, which other tools do not write. Not for JSON inside HTML.
/// </summary>
internal sealed class PlainJsonEncoder : JavaScriptEncoder
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '"', '\\']);

    private PlainJsonEncoder()
    {
    }

    public static PlainJsonEncoder Instance { get; } = new();

    public override int MaxOutputCharactersPerInputCharacter => 6; // \u001f

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\';

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var all = new ReadOnlySpan<char>(text, textLength);
        int found = all.IndexOfAny(Escaped);
        ReadOnlySpan<char> clean = found < 0 ? all : all[..found];
        for (int i = 0; i < clean.Length; i += 2)
        {
            int pair = clean[i..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (pair < 0)
                break;
            i += pair;
            // Half a pair is not text: the caller replaces it.
            if (i + 1 == clean.Length || !char.IsSurrogatePair(clean[i], clean[i + 1]))
                return i;
        }
        return found;
    }

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var output = new Span<char>(buffer, bufferLength);
        string? escape = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            < 0x20 => $"\\u{unicodeScalar:x4}",
            _ => null,
        };
        if (escape is not null)
        {
            numberOfCharactersWritten = escape.Length;
            if (escape.TryCopyTo(output))
                return true;
        }
        else if (new Rune(unicodeScalar).TryEncodeToUtf16(output, out numberOfCharactersWritten))
        {
            return true;
        }
        numberOfCharactersWritten = 0;
        return false;
    }
}
