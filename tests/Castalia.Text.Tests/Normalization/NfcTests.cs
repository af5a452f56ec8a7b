using System.Text;
using Castalia.Text.Normalization;
using CsCheck;

namespace Castalia.Text.Tests.Normalization;

/// <summary>Normalization forms against the runtime's for code points that Unicode 9.0 had.</summary>
public sealed class NfcTests
{
    /// <summary>Code points that decompose, compose, reorder or do nothing, all of them older than Unicode 9.0.</summary>
    private static readonly int[] Interesting =
    [
        .. Range(0x41, 0x5A), .. Range(0x61, 0x7A), .. Range(0xC0, 0x17F), .. Range(0x1E00, 0x1EFF), .. Range(0x300, 0x34E), .. Range(0x35C, 0x362),
        .. Range(0x5B0, 0x5BD), .. Range(0x5D0, 0x5EA), .. Range(0xFB1D, 0xFB36), .. Range(0x621, 0x655), .. Range(0x915, 0x94D), .. Range(0x958, 0x95F),
        .. Range(0x9BE, 0x9CD), .. Range(0xB47, 0xB4D), .. Range(0x1100, 0x1112), .. Range(0x1161, 0x1175), .. Range(0x11A8, 0x11C2), .. Range(0xAC00, 0xAC40),
        .. Range(0x1F00, 0x1F15), .. Range(0x2126, 0x212B), .. Range(0x304B, 0x309A), .. Range(0xF900, 0xF910), .. Range(0x1D15E, 0x1D164), .. Range(0x1109A, 0x110BA), 0x340, 0x344, 0x387, 0x2ADC,
    ];

    [Fact]
    public void Old_code_points_normalize_as_the_runtime_has_it()
    {
        foreach (int point in Interesting.Where(Rune.IsValid))
            Assert.Equal(new Rune(point).ToString().Normalize(NormalizationForm.FormC), Normalize(new Rune(point).ToString()));
        Gen.Int[0, Interesting.Length - 1].Select(i => Interesting[i]).List[0, 12].Select(points => string.Concat(points.Where(Rune.IsValid).Select(point => new Rune(point).ToString())))
            .Sample(text => Normalize(text) == text.Normalize(NormalizationForm.FormC), iter: 20_000);
    }

    [Fact]
    public void Marks_that_came_after_Unicode_9_neither_reorder_nor_compose()
    {
        // U+1DF6 (class 232, Unicode 10) before U+0323 (class 220); U+11935 + U+11930 compose in Unicode 13 to U+11938.
        Assert.Equal("a\u1df6\u0323", Normalize("a\u1df6\u0323"));
        Assert.Equal("\U00011935\U00011930", Normalize("\U00011935\U00011930"));
        Assert.NotEqual("a\u1df6\u0323", "a\u1df6\u0323".Normalize(NormalizationForm.FormC));
    }

    [Fact]
    public void Normalized_text_is_handed_on_without_a_copy()
    {
        Assert.True(UnicodeFormNormalizer.Nfc().LeavesAsIs(Encoding.UTF8.GetBytes("déjà vu, 漢字, пример, हिन्दी")));
        Assert.False(UnicodeFormNormalizer.Nfc().LeavesAsIs(Encoding.UTF8.GetBytes("de\u0301jà vu")));
    }

    [Fact]
    public void Normalizers_in_sequence_may_each_change_the_text()
    {
        byte[] text = Encoding.UTF8.GetBytes("e\u0301a");
        byte[] normalized = new NormalizerSequence([UnicodeFormNormalizer.Nfc(), UnicodeFormNormalizer.Nfc()]).Normalize(text);
        Assert.Equal("éa", Encoding.UTF8.GetString(normalized));
    }

    private static string Normalize(string text) =>
        Encoding.UTF8.GetString(UnicodeFormNormalizer.Nfc().Normalize(Encoding.UTF8.GetBytes(text)));

    private static IEnumerable<int> Range(int first, int last) => Enumerable.Range(first, last - first + 1);
}
