namespace Castalia.Evaluation.Tests.Metrics.Text;

/// <summary>BLEU, chrF and TER; expected values are those of sacrebleu's own tests (test_bleu.py, test_chrf.py, test_ter.py).</summary>
public sealed class TranslationScoresTests
{
    private static readonly string[] Predictions = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];

    private static readonly string[][] References =
    [
        ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."],
        ["The man bit him first.", "The man had bitten the dog."],
    ];

    [Theory]
    [InlineData("13a", 48.530827)]
    [InlineData("none", 49.1919566)]
    [InlineData("intl", 43.91623493)]
    public void Bleu_of_a_set(string tokenizer, double expected) =>
        Assert.Equal(expected, new Bleu(tokenizer).Corpus(Predictions, References), 1e-6);

    [Fact]
    public void Bleu_of_nothing_said_is_zero() => Assert.Equal(0, new Bleu().Corpus(["", "", ""], References));

    [Fact]
    public void Bleu_without_matching_4_grams_is_smoothed()
    {
        Assert.Equal(100, new Bleu().Sentence("this is a test", "this is a test"), 1e-9);
        // Precisions of 3/4, 2/3, 1/2 and, by the exponential rule, 1/2 of 1.
        Assert.Equal(100 * Math.Pow(0.75 * 2 / 3 * 0.5 * 0.5, 0.25), new Bleu().Sentence("this is a fest", "this is a test"), 1e-9);
        Assert.Equal(0, new Bleu().Sentence("a test", "a test"));
        Assert.Equal(100, new Bleu(effectiveOrder: true).Sentence("a test", "a test"), 1e-9);
    }

    [Theory]
    [InlineData("a,b 1,000 x.", "a , b 1,000 x .")]
    [InlineData("&quot;A-b&quot; 3-4", "\" A-b \" 3 - 4")]
    public void The_13a_tokenizer_sets_punctuation_apart(string text, string expected) =>
        Assert.Equal(1, new Bleu("none").Sentence(expected, string.Join(' ', BleuTokenizer.Of("13a")(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))) / 100, 1e-12);

    [Theory]
    [InlineData("abcdefg", "hijklmnop", 0)]
    [InlineData("", "reference", 0)]
    [InlineData("aa", "ab", 8.3333)]
    [InlineData("a", "a", 16.6667)]
    [InlineData("a b c", "a b c", 50)]
    [InlineData("a b c", "abc", 50)]
    [InlineData(" risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .",
        "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .", 63.361730)]
    [InlineData(" Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ",
        "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.", 64.1302698)]
    public void Chrf_with_smoothing(string prediction, string reference, double expected) =>
        Assert.Equal(expected, new Chrf(beta: 3, smoothing: true).Sentence(prediction, reference), 1e-4);

    [Theory]
    [InlineData("a", "a", 100)]
    [InlineData("a b c", "abc", 100)]
    [InlineData("", "c", 0)]
    [InlineData("aa", "ab", 25)]
    public void Chrf_with_effective_order(string prediction, string reference, double expected) =>
        Assert.Equal(expected, new Chrf(beta: 3).Sentence(prediction, reference), 1e-4);

    [Fact]
    public void Chrf_with_white_space() => Assert.Equal(67.3481606, new Chrf(beta: 3, whitespace: true).Sentence(
        "Die Beziehung zwischen Obama und Netanjahu ist nicht gerade freundlich.",
        "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich."), 1e-4);

    [Theory]
    [InlineData("Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře.",
        "Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře.", 39.14078509)]
    [InlineData("Lapali po dechu, jejich životy skončily dřív, než skutečně začaly.",
        "Lapali po dechu a pak jejich život skončil - dřív, než skutečně mohl začít, připomněli.", 57.15704367)]
    public void Chrf_of_a_sentence(string prediction, string reference, double expected) =>
        Assert.Equal(expected, new Chrf(smoothing: true).Sentence(prediction, reference), 1e-4);

    [Theory]
    [InlineData("aaaa bbbb cccc dddd", "aaaa bbbb cccc dddd", 0)]
    [InlineData("dddd eeee ffff", "aaaa bbbb cccc", 100)]
    [InlineData("", "a", 100)]
    [InlineData("d e f g h a b c", "a b c d e f g h", 12.5)]
    public void Ter_of_a_sentence(string prediction, string reference, double expected) =>
        Assert.Equal(expected, new Ter().Sentence(prediction, reference), 1e-9);

    [Fact]
    public void Ter_of_a_set()
    {
        string[] predictions =
        [
            "wählen Sie \" Bild neu berechnen , \" um beim Ändern der Bildgröße Pixel hinzuzufügen oder zu entfernen , damit das Bild ungefähr dieselbe Größe aufweist wie die andere Größe .",
            "wenn Sie alle Aufgaben im aktuellen Dokument aktualisieren möchten , wählen Sie im Menü des Aufgabenbedienfelds die Option \" Alle Aufgaben aktualisieren . \"",
            "klicken Sie auf der Registerkarte \" Optionen \" auf die Schaltfläche \" Benutzerdefiniert \" und geben Sie Werte für \" Fehlerkorrektur-Level \" und \" Y / X-Verhältnis \" ein .",
            "Sie können beispielsweise ein Dokument erstellen , das ein Auto über die Bühne enthält .",
            "wählen Sie im Dialogfeld \" Neu aus Vorlage \" eine Vorlage aus und klicken Sie auf \" Neu . \"",
        ];
        string[][] references =
        [
            ["wählen Sie \" Bild neu berechnen , \" um beim Ändern der Bildgröße Pixel hinzuzufügen oder zu entfernen , damit die Darstellung des Bildes in einer anderen Größe beibehalten wird ."],
            ["wenn Sie alle Aufgaben im aktuellen Dokument aktualisieren möchten , wählen Sie im Menü des Aufgabenbedienfelds die Option \" Alle Aufgaben aktualisieren . \""],
            ["klicken Sie auf der Registerkarte \" Optionen \" auf die Schaltfläche \" Benutzerdefiniert \" und geben Sie für \" Fehlerkorrektur-Level \" und \" Y / X-Verhältnis \" niedrigere Werte ein ."],
            ["Sie können beispielsweise ein Dokument erstellen , das ein Auto enthalt , das sich über die Bühne bewegt ."],
            ["wählen Sie im Dialogfeld \" Neu aus Vorlage \" eine Vorlage aus und klicken Sie auf \" Neu . \""],
        ];
        Assert.Equal(13.6, new Ter().Corpus(predictions, references), 1e-3);
    }

    [Fact]
    public void A_tokenizer_that_is_none_is_refused() => Assert.Throws<ArgumentException>(() => new Bleu("14b"));
}
