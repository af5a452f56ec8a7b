using System.Text;
using System.Text.Json;
using Castalia.Formats;
using Castalia.Testing;
using Castalia.Text;

namespace Castalia.Data.Tests.Tokenization;

/// <summary>Two tokenizers on one corpus, against sums made the plain way.</summary>
public sealed class TokenizerComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _a, _b, _corpus;
    private readonly Document[] _documents;

    public TokenizerComparisonTests()
    {
        (_a, _b, _corpus) = (_folder["a.json"], _folder["b.json"], _folder["corpus.jsonl.zst"]);
        TinyTokenizer.Write(_a);
        TokenizerTrainer.Train(["once upon a time there was the the the there", "тот этот"], new TrainerOptions { VocabularySize = 280, Nfc = true }).Save(_b);
        JsonElement greek = JsonDocument.Parse("""{"language": "el"}""").RootElement;
        _documents =
        [
            new Document("1", "the quick brown fox jumped over the lazy dog, there and back. " + new string('x', 300), "fables"),
            new Document("2", "Ὁ βίος βραχύς", "greek", Metadata: greek),
            new Document("3", "тот этот тот", "russian"),
            new Document("4", "e\u0301tude 𝒜", "fables"), // not composed: B's NFC does not give it back
            new Document("5", "", "empty"),
            new Document("6", "12 + 30", "fables"),
        ];
        DocumentWriter.Write(_corpus, _documents);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sums_by_source_and_language_are_those_of_the_documents()
    {
        ComparisonResult result = TokenizerComparison.Compare(_a, _b, new CompareOptions(), [_corpus]);
        Tokenizer a = Tokenizer.Load(_a), b = Tokenizer.Load(_b);
        Assert.Equal(["fables", "greek", "russian", "empty"], result.Components.Select(group => group.Name));
        Assert.Equal(["Latin script", "el", "Cyrillic script", "no letters"], result.Languages.Select(group => group.Name));
        foreach (ComparedGroup group in result.Components.Append(result.Total))
        {
            Document[] own = [.. _documents.Where(document => group.Name == "all" || document.Source == group.Name)];
            Assert.Equal(own.Length, group.Documents);
            Assert.Equal(own.Sum(document => Encoding.UTF8.GetByteCount(document.Text)), group.Bytes);
            Assert.Equal(own.Sum(document => document.Text.EnumerateRunes().Count()), group.CodePoints);
            Assert.Equal(own.Sum(document => document.Text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries).Length), group.Words);
            Assert.Equal(own.Sum(document => a.Encode(document.Text).Length), group.A.Tokens);
            Assert.Equal(own.Sum(document => b.Encode(document.Text).Length), group.B.Tokens);
            Assert.Equal((double)group.Bytes / group.A.Tokens, group.A.BytesPerToken);
            Assert.Equal((double)group.B.Tokens / group.Words, group.B.TokensPerWord);
            Assert.Equal((double)group.A.Tokens / group.B.Tokens, group.Ratio);
            Assert.Null(group.IdenticalDocuments);
        }
        Assert.Equal((6, 5), (result.Total.A.RoundTrips, result.Total.B.RoundTrips));
        Assert.Equal(5, result.Ratios.Documents);
        Assert.Equal(5, result.Ratios.Bins.Sum(bin => bin.Documents));
        Assert.Equal("1", Assert.Single(result.BestForA).Id);
    }

    [Fact]
    public void Vocabularies_are_compared_by_what_tokens_stand_for()
    {
        VocabularyComparison vocabulary = TokenizerComparison.Compare(_a, _b, new CompareOptions(), [_corpus]).Vocabulary;
        HashSet<string> a = Tokens(_a), b = Tokens(_b);
        Assert.Equal((a.Intersect(b).Count(), a.Except(b).Count(), b.Except(a).Count()), (vocabulary.Shared, vocabulary.OnlyA, vocabulary.OnlyB));
        Assert.False(vocabulary.SameIds);
        Assert.All(vocabulary.FrequentOnlyB, token => Assert.DoesNotContain(token.Token, a));
        Assert.Equal(vocabulary.FrequentOnlyB.OrderByDescending(token => token.Count).ThenBy(token => token.Id), vocabulary.FrequentOnlyB);
        Tokenizer tokenizer = Tokenizer.Load(_b);
        foreach (CountedToken token in vocabulary.FrequentOnlyB)
            Assert.Equal(_documents.Sum(document => tokenizer.Encode(document.Text).Count(id => id == token.Id)), token.Count);

        static HashSet<string> Tokens(string path) => [.. Tokenizer.Load(path).DescribeTokens().Select(token => Convert.ToHexString(token.Bytes.Span))];
    }

    [Fact]
    public void A_tokenizer_is_the_same_as_itself()
    {
        File.Copy(_a, _folder["again.json"]);
        ComparisonResult result = TokenizerComparison.Compare(_a, _folder["again.json"], new CompareOptions { Threads = 3 }, [_corpus]);
        Assert.True(result.Vocabulary.SameIds);
        Assert.Equal((1.0, _documents.Length), (result.Total.Ratio, result.Total.IdenticalDocuments));
        Assert.Equal((0, 0), (result.Vocabulary.OnlyA, result.Vocabulary.OnlyB));
        Assert.Equal(1, result.Ratios.Median, 0.02);
    }

    [Fact]
    public void Results_are_read_as_they_were_written_and_do_not_depend_on_threads()
    {
        ComparisonResult result = TokenizerComparison.Compare(_a, _b, new CompareOptions { Threads = 1 }, [_corpus]);
        result.Save(_folder.Path);
        Assert.Equal(CanonicalJson.ToText(result), CanonicalJson.ToText(ComparisonResult.Load(_folder.Path)));
        Assert.Equal(CanonicalJson.ToText(result), CanonicalJson.ToText(TokenizerComparison.Compare(_a, _b, new CompareOptions { Threads = 4 }, [_corpus])));
    }
}
