using System.Text.RegularExpressions;
using Castalia.Data;
using Castalia.Evaluation.Tests.Golden;
using CsCheck;

namespace Castalia.Evaluation.Tests.Contamination;

public sealed class ContaminationCheckTests
{
    private const string Thirteen = "one two three four five six seven eight nine ten eleven twelve thirteen";

    private static int Found(string text, string corpus, int length = 13)
    {
        var index = new OverlapIndex(length);
        index.Add(text);
        int found = 0;
        index.Find(corpus, (_, _) => found++);
        return found;
    }

    [Theory]
    [InlineData(Thirteen, 1)]
    [InlineData("before " + Thirteen + " after", 1)]
    [InlineData("One, two - THREE\nfour five; six (seven) eight nine ten 'eleven' twelve thirteen!", 1)]
    [InlineData("one two three four five six seven eight nine ten eleven twelve", 0)]
    [InlineData("one two three four five six other seven eight nine ten eleven twelve thirteen", 0)]
    [InlineData(Thirteen + " " + Thirteen, 2)]
    [InlineData("", 0)]
    public void Thirteen_words_in_a_row_are_found(string corpus, int found) => Assert.Equal(found, Found(Thirteen, corpus));

    [Fact]
    public void A_text_shorter_than_that_has_nothing_to_find() => Assert.Equal(0, new OverlapIndex(13).Add("too short"));

    [Fact]
    public void Finds_what_a_plain_search_finds() => Gen.Select(Words, Words, Gen.Int[1, 5]).Sample((text, corpus, length) =>
    {
        string[] own = Split(text), other = Split(corpus);
        int plain = 0;
        for (int i = 0; i + length <= other.Length; i++)
        {
            for (int j = 0; j + length <= own.Length; j++)
                plain += other.AsSpan(i, length).SequenceEqual(own.AsSpan(j, length)) ? 1 : 0;
        }
        Assert.Equal(plain, Found(text, corpus, length));
    }, iter: 2000);

    // Few different words, so that many n-grams agree.
    private static readonly Gen<string> Words = Gen.Int[0, 5].Select(i => new[] { "a", "b", "C", "a.", "d'e", " " }[i]).List[0, 40].Select(words => string.Join(' ', words));

    private static string[] Split(string text) => Regex.Replace(text.ToLowerInvariant(), @"[^a-z\s]", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public void A_question_that_was_trained_on_is_told_with_its_place()
    {
        var options = new EvaluationOptions { Limit = 40, Datasets = GoldenRun.Datasets };
        IReadOnlyList<TaskNode> tasks = GoldenRun.Library.Load("arc_easy");
        PlannedTask plan = EvaluationPlan.Build(tasks, options with { NumFewshot = 0 }, null, TestContext.Current.CancellationToken).Tasks[0];
        TaskInstance seen = plan.Instances.First(instance => instance.Prompt.Split(' ').Length > 20);
        Document[] corpus = [new("clean", "Nothing to see here.", "test"), new("dirty", "Before. " + seen.Prompt.ToUpperInvariant() + " After.", "test"), new("again", seen.Prompt, "test")];
        IReadOnlyList<DocumentOverlap> overlaps = ContaminationCheck.Run(tasks, options, corpus, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(40, overlaps.Count);
        DocumentOverlap overlap = Assert.Single(overlaps, one => one.IsContaminated);
        Assert.Equal((seen.Document.Id, "dirty", overlap.NGrams), (overlap.Document, overlap.Where, overlap.Found));
        Assert.Equal(13, overlap.Words!.Split(' ').Length);
        Assert.StartsWith("question ", overlap.Words, StringComparison.Ordinal);
    }
}
