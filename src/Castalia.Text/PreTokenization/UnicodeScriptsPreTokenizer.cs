using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.PreTokenization;

/// <summary>
/// HF's UnicodeScripts: cuts where the script changes. Hiragana and Katakana count as Han; spaces, and what had no script in Unicode 9.0, stay
/// with what is before them. Such characters at the start are left out, as HF does.
/// </summary>
internal sealed class UnicodeScriptsPreTokenizer : PieceCutter
{
    private static readonly Lazy<byte[]> Scripts = new(ReadTable);

    public override void Cut(ReadOnlySpan<byte> piece, PieceSink pieces)
    {
        byte[] scripts = Scripts.Value;
        int start = piece.Length, script = 0;
        for (int at = 0; at < piece.Length;)
        {
            int next = scripts[CodePoint.At(piece, at, out int length)];
            if (next != 0 && next != script)
            {
                pieces.Add(start, at);
                (start, script) = (at, next);
            }
            at += length;
        }
        pieces.Add(start, piece.Length);
    }

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "UnicodeScripts");
        json.WriteEndObject();
    }

    /// <summary>The script of each code point, 0 for none.</summary>
    private static byte[] ReadTable()
    {
        byte[] scripts = new byte[0x110000];
        ReadOnlySpan<int> runs = OlderTables.Scripts;
        for (int i = 0; i < runs.Length; i++)
        {
            byte script = (byte)runs[i];
            int end = i + 1 < runs.Length ? runs[i + 1] >> 8 : scripts.Length;
            scripts.AsSpan((runs[i] >> 8)..end).Fill(script is OlderTables.Hiragana or OlderTables.Katakana ? OlderTables.Han : script);
        }
        // The prolonged sound mark is common to both syllabaries.
        scripts[0x30FC] = OlderTables.Han;
        scripts[' '] = 0;
        return scripts;
    }
}
