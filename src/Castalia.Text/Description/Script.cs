using System.Text;
using Castalia.Text.Unicode;

namespace Castalia.Text;

/// <summary>Which script text is written in, by its letters.</summary>
public static class Script
{
    // First and last letter of each run of letters and marks of one script, from Scripts.txt of the Unicode Character Database, version 15.0
    // (Unicode License v3). Between runs of other scripts a script's runs are one; what is no letter does not count.
    private static readonly (int First, int Last, string Script)[] Runs =
    [
        (0x0041, 0x02E4, "Latin"), (0x0370, 0x03E1, "Greek"), (0x03E2, 0x03EF, "Coptic"), (0x03F0, 0x03FF, "Greek"), (0x0400, 0x052F, "Cyrillic"),
        (0x0531, 0x0588, "Armenian"), (0x0591, 0x05F2, "Hebrew"), (0x0610, 0x06FF, "Arabic"), (0x0710, 0x074F, "Syriac"),
        (0x0750, 0x077F, "Arabic"), (0x0780, 0x07B1, "Thaana"), (0x07CA, 0x07FD, "NKo"), (0x0800, 0x082D, "Samaritan"), (0x0840, 0x085B, "Mandaic"),
        (0x0860, 0x086A, "Syriac"), (0x0870, 0x08FF, "Arabic"), (0x0900, 0x097F, "Devanagari"), (0x0980, 0x09FE, "Bengali"),
        (0x0A01, 0x0A75, "Gurmukhi"), (0x0A81, 0x0AFF, "Gujarati"), (0x0B01, 0x0B71, "Oriya"), (0x0B82, 0x0BD7, "Tamil"),
        (0x0C00, 0x0C63, "Telugu"), (0x0C80, 0x0CF2, "Kannada"), (0x0D00, 0x0D7F, "Malayalam"), (0x0D81, 0x0DF3, "Sinhala"),
        (0x0E01, 0x0E4E, "Thai"), (0x0E81, 0x0EDF, "Lao"), (0x0F00, 0x0FC6, "Tibetan"), (0x1000, 0x109D, "Myanmar"), (0x10A0, 0x10FF, "Georgian"),
        (0x1100, 0x11FF, "Hangul"), (0x1200, 0x138F, "Ethiopic"), (0x13A0, 0x13FD, "Cherokee"), (0x1401, 0x167F, "Canadian Aboriginal"),
        (0x1681, 0x169A, "Ogham"), (0x16A0, 0x16F8, "Runic"), (0x1700, 0x171F, "Tagalog"), (0x1720, 0x1734, "Hanunoo"), (0x1740, 0x1753, "Buhid"),
        (0x1760, 0x1773, "Tagbanwa"), (0x1780, 0x17DD, "Khmer"), (0x180B, 0x18AA, "Mongolian"), (0x18B0, 0x18F5, "Canadian Aboriginal"),
        (0x1900, 0x193B, "Limbu"), (0x1950, 0x1974, "Tai Le"), (0x1980, 0x19C9, "New Tai Lue"), (0x1A00, 0x1A1B, "Buginese"),
        (0x1A20, 0x1AA7, "Tai Tham"), (0x1B00, 0x1B73, "Balinese"), (0x1B80, 0x1BBF, "Sundanese"), (0x1BC0, 0x1BF3, "Batak"),
        (0x1C00, 0x1C4F, "Lepcha"), (0x1C5A, 0x1C7D, "Ol Chiki"), (0x1C80, 0x1C88, "Cyrillic"), (0x1C90, 0x1CBF, "Georgian"),
        (0x1D00, 0x1D25, "Latin"), (0x1D26, 0x1D2A, "Greek"), (0x1D2B, 0x1D2B, "Cyrillic"), (0x1D2C, 0x1D5C, "Latin"), (0x1D5D, 0x1D61, "Greek"),
        (0x1D62, 0x1D65, "Latin"), (0x1D66, 0x1D6A, "Greek"), (0x1D6B, 0x1D77, "Latin"), (0x1D78, 0x1D78, "Cyrillic"), (0x1D79, 0x1DBE, "Latin"),
        (0x1DBF, 0x1DBF, "Greek"), (0x1E00, 0x1EFF, "Latin"), (0x1F00, 0x1FFC, "Greek"), (0x2071, 0x209C, "Latin"), (0x2126, 0x2126, "Greek"),
        (0x212A, 0x2184, "Latin"), (0x2C00, 0x2C5F, "Glagolitic"), (0x2C60, 0x2C7F, "Latin"), (0x2C80, 0x2CF3, "Coptic"),
        (0x2D00, 0x2D2D, "Georgian"), (0x2D30, 0x2D7F, "Tifinagh"), (0x2D80, 0x2DDE, "Ethiopic"), (0x2DE0, 0x2DFF, "Cyrillic"),
        (0x3005, 0x3005, "Han"), (0x302E, 0x302F, "Hangul"), (0x303B, 0x303B, "Han"), (0x3041, 0x309F, "Hiragana"), (0x30A1, 0x30FF, "Katakana"),
        (0x3105, 0x312F, "Bopomofo"), (0x3131, 0x318E, "Hangul"), (0x31A0, 0x31BF, "Bopomofo"), (0x31F0, 0x31FF, "Katakana"),
        (0x3400, 0x9FFF, "Han"), (0xA000, 0xA48C, "Yi"), (0xA4D0, 0xA4FD, "Lisu"), (0xA500, 0xA62B, "Vai"), (0xA640, 0xA69F, "Cyrillic"),
        (0xA6A0, 0xA6F1, "Bamum"), (0xA722, 0xA7FF, "Latin"), (0xA800, 0xA82C, "Syloti Nagri"), (0xA840, 0xA873, "Phags-pa"),
        (0xA880, 0xA8C5, "Saurashtra"), (0xA8E0, 0xA8FF, "Devanagari"), (0xA90A, 0xA92D, "Kayah Li"), (0xA930, 0xA953, "Rejang"),
        (0xA960, 0xA97C, "Hangul"), (0xA980, 0xA9C0, "Javanese"), (0xA9E0, 0xA9FE, "Myanmar"), (0xAA00, 0xAA4D, "Cham"),
        (0xAA60, 0xAA7F, "Myanmar"), (0xAA80, 0xAADD, "Tai Viet"), (0xAAE0, 0xAAF6, "Meetei Mayek"), (0xAB01, 0xAB2E, "Ethiopic"),
        (0xAB30, 0xAB64, "Latin"), (0xAB65, 0xAB65, "Greek"), (0xAB66, 0xAB69, "Latin"), (0xAB70, 0xABBF, "Cherokee"),
        (0xABC0, 0xABED, "Meetei Mayek"), (0xAC00, 0xD7FB, "Hangul"), (0xF900, 0xFAD9, "Han"), (0xFB00, 0xFB06, "Latin"),
        (0xFB13, 0xFB17, "Armenian"), (0xFB1D, 0xFB4F, "Hebrew"), (0xFB50, 0xFDFB, "Arabic"), (0xFE2E, 0xFE2F, "Cyrillic"),
        (0xFE70, 0xFEFC, "Arabic"), (0xFF21, 0xFF5A, "Latin"), (0xFF66, 0xFF9D, "Katakana"), (0xFFA0, 0xFFDC, "Hangul"),
        (0x10000, 0x100FA, "Linear B"), (0x10280, 0x1029C, "Lycian"), (0x102A0, 0x102D0, "Carian"), (0x10300, 0x1032F, "Old Italic"),
        (0x10330, 0x10349, "Gothic"), (0x10350, 0x1037A, "Old Permic"), (0x10380, 0x1039D, "Ugaritic"), (0x103A0, 0x103CF, "Old Persian"),
        (0x10400, 0x1044F, "Deseret"), (0x10450, 0x1047F, "Shavian"), (0x10480, 0x1049D, "Osmanya"), (0x104B0, 0x104FB, "Osage"),
        (0x10500, 0x10527, "Elbasan"), (0x10530, 0x10563, "Caucasian Albanian"), (0x10570, 0x105BC, "Vithkuqi"), (0x10600, 0x10767, "Linear A"),
        (0x10780, 0x107BA, "Latin"), (0x10800, 0x1083F, "Cypriot"), (0x10840, 0x10855, "Imperial Aramaic"), (0x10860, 0x10876, "Palmyrene"),
        (0x10880, 0x1089E, "Nabataean"), (0x108E0, 0x108F5, "Hatran"), (0x10900, 0x10915, "Phoenician"), (0x10920, 0x10939, "Lydian"),
        (0x10980, 0x1099F, "Meroitic Hieroglyphs"), (0x109A0, 0x109BF, "Meroitic Cursive"), (0x10A00, 0x10A3F, "Kharoshthi"),
        (0x10A60, 0x10A7C, "Old South Arabian"), (0x10A80, 0x10A9C, "Old North Arabian"), (0x10AC0, 0x10AE6, "Manichaean"),
        (0x10B00, 0x10B35, "Avestan"), (0x10B40, 0x10B55, "Inscriptional Parthian"), (0x10B60, 0x10B72, "Inscriptional Pahlavi"),
        (0x10B80, 0x10B91, "Psalter Pahlavi"), (0x10C00, 0x10C48, "Old Turkic"), (0x10C80, 0x10CF2, "Old Hungarian"),
        (0x10D00, 0x10D27, "Hanifi Rohingya"), (0x10E80, 0x10EB1, "Yezidi"), (0x10F00, 0x10F27, "Old Sogdian"), (0x10F30, 0x10F50, "Sogdian"),
        (0x10F70, 0x10F85, "Old Uyghur"), (0x10FB0, 0x10FC4, "Chorasmian"), (0x10FE0, 0x10FF6, "Elymaic"), (0x11000, 0x1107F, "Brahmi"),
        (0x11080, 0x110C2, "Kaithi"), (0x110D0, 0x110E8, "Sora Sompeng"), (0x11100, 0x11147, "Chakma"), (0x11150, 0x11176, "Mahajani"),
        (0x11180, 0x111DC, "Sharada"), (0x11200, 0x1123E, "Khojki"), (0x11280, 0x112A8, "Multani"), (0x112B0, 0x112EA, "Khudawadi"),
        (0x11300, 0x11374, "Grantha"), (0x11400, 0x11461, "Newa"), (0x11480, 0x114C7, "Tirhuta"), (0x11580, 0x115DD, "Siddham"),
        (0x11600, 0x11644, "Modi"), (0x11680, 0x116B8, "Takri"), (0x11700, 0x11746, "Ahom"), (0x11800, 0x1183A, "Dogra"),
        (0x118A0, 0x118FF, "Warang Citi"), (0x11900, 0x11943, "Dives Akuru"), (0x119A0, 0x119E4, "Nandinagari"),
        (0x11A00, 0x11A47, "Zanabazar Square"), (0x11A50, 0x11A9D, "Soyombo"), (0x11AB0, 0x11ABF, "Canadian Aboriginal"),
        (0x11AC0, 0x11AF8, "Pau Cin Hau"), (0x11C00, 0x11C40, "Bhaiksuki"), (0x11C72, 0x11CB6, "Marchen"), (0x11D00, 0x11D47, "Masaram Gondi"),
        (0x11D60, 0x11D98, "Gunjala Gondi"), (0x11EE0, 0x11EF6, "Makasar"), (0x11FB0, 0x11FB0, "Lisu"), (0x12000, 0x12543, "Cuneiform"),
        (0x12F90, 0x12FF0, "Cypro Minoan"), (0x13000, 0x1342E, "Egyptian Hieroglyphs"), (0x14400, 0x14646, "Anatolian Hieroglyphs"),
        (0x16800, 0x16A38, "Bamum"), (0x16A40, 0x16A5E, "Mro"), (0x16A70, 0x16ABE, "Tangsa"), (0x16AD0, 0x16AF4, "Bassa Vah"),
        (0x16B00, 0x16B8F, "Pahawh Hmong"), (0x16E40, 0x16E7F, "Medefaidrin"), (0x16F00, 0x16F9F, "Miao"), (0x16FE0, 0x16FE0, "Tangut"),
        (0x16FE1, 0x16FE1, "Nushu"), (0x16FE3, 0x16FE3, "Han"), (0x16FE4, 0x16FE4, "Khitan Small Script"), (0x16FF0, 0x16FF1, "Han"),
        (0x17000, 0x18AFF, "Tangut"), (0x18B00, 0x18CD5, "Khitan Small Script"), (0x18D00, 0x18D08, "Tangut"), (0x1AFF0, 0x1B000, "Katakana"),
        (0x1B001, 0x1B11F, "Hiragana"), (0x1B120, 0x1B122, "Katakana"), (0x1B150, 0x1B152, "Hiragana"), (0x1B164, 0x1B167, "Katakana"),
        (0x1B170, 0x1B2FB, "Nushu"), (0x1BC00, 0x1BC9E, "Duployan"), (0x1D242, 0x1D244, "Greek"), (0x1DA00, 0x1DAAF, "SignWriting"),
        (0x1DF00, 0x1DF1E, "Latin"), (0x1E000, 0x1E02A, "Glagolitic"), (0x1E100, 0x1E14E, "Nyiakeng Puachue Hmong"), (0x1E290, 0x1E2AE, "Toto"),
        (0x1E2C0, 0x1E2EF, "Wancho"), (0x1E7E0, 0x1E7FE, "Ethiopic"), (0x1E800, 0x1E8D6, "Mende Kikakui"), (0x1E900, 0x1E94B, "Adlam"),
        (0x1EE00, 0x1EEBB, "Arabic"), (0x20000, 0x3134A, "Han"),
    ];

    private static readonly Dictionary<string, int> Numbers =
        Runs.Select(run => run.Script).Distinct().Index().ToDictionary(pair => pair.Item, pair => pair.Index);

    /// <summary>The script of a letter: <c>Latin</c>, <c>Han</c>; null for what is no letter, or a letter of all scripts.</summary>
    public static string? Of(Rune letter) => IsLetter(letter) && Find(letter.Value) is int run ? Runs[run].Script : null;

    /// <summary>The script that most letters of a text belong to, of equally many the one that begins first in Unicode; null for a text without letters.</summary>
    public static string? Dominant(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[Numbers.Count];
        counts.Clear();
        int known = -1, number = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!IsLetter(rune))
                continue;
            // Letters mostly stand beside their like.
            if (known < 0 || rune.Value < Runs[known].First || rune.Value > Runs[known].Last)
            {
                if (Find(rune.Value) is not int run)
                    continue;
                (known, number) = (run, Numbers[Runs[run].Script]);
            }
            counts[number]++;
        }
        int most = 0;
        for (int i = 1; i < counts.Length; i++)
            most = counts[i] > counts[most] ? i : most;
        return counts[most] == 0 ? null : Numbers.Keys.ElementAt(most);
    }

    private static bool IsLetter(Rune rune) => (CharacterClasses.Of[rune.Value] & CharacterClasses.Letter) != 0;

    private static int? Find(int codePoint)
    {
        int low = 0, high = Runs.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (codePoint < Runs[middle].First)
                high = middle - 1;
            else if (codePoint > Runs[middle].Last)
                low = middle + 1;
            else
                return middle;
        }
        return null;
    }
}
