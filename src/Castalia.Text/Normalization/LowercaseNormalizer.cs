using System.Buffers;
using System.Text.Json;
using Castalia.Text.Unicode;

namespace Castalia.Text.Normalization;

/// <summary>
/// HF's Lowercase: each code point by itself (a final sigma is like any other), as Unicode 17.0 has it. The one that becomes two is
/// U+0130, an I with a dot.
/// </summary>
internal sealed class LowercaseNormalizer : CharacterNormalizer
{
    private const int CapitalWithDot = 0x130, Dot = 0x307, PageSize = 256;

    /// <summary>The small letters, page by page; null for a page without capitals.</summary>
    private static readonly int[]?[] Pages = Build();

    private static readonly SearchValues<byte> Capitals = StopAt(char.IsAsciiLetterUpper);

    public override void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Lowercase");
        json.WriteEndObject();
    }

    protected override int Map(int codePoint) => Pages[codePoint / PageSize] is { } page ? page[codePoint % PageSize] : codePoint;

    protected override int Addition(int codePoint) => codePoint == CapitalWithDot ? Dot : Nothing;

    protected override SearchValues<byte> Stops => Capitals;

    private static int[]?[] Build()
    {
        int[]?[] pages = new int[]?[0x110000 / PageSize];
        ReadOnlySpan<int> runs = NormalizationTables.LowerCase;
        for (int i = 0; i < runs.Length; i += 4)
        {
            for (int point = runs[i]; point <= runs[i + 1]; point += runs[i + 2])
            {
                int[] page = pages[point / PageSize] ??= [.. Enumerable.Range(point / PageSize * PageSize, PageSize)];
                page[point % PageSize] = point + runs[i + 3];
            }
        }
        return pages;
    }
}
