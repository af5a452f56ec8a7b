using System.Text.Json;
using Castalia.Text.Jinja.Python;

namespace Castalia.Evaluation.Tests.Metrics;

/// <summary>IFEval's checks; expected values follow from the instructions' definitions.</summary>
public sealed class IfevalTests
{
    [Theory]
    [InlineData("keywords:existence", "{'keywords': ['Cat', 'dog']}", "A CAT and a dog", "A cat")]
    [InlineData("keywords:frequency", "{'keyword': 'a', 'frequency': 2, 'relation': 'at least'}", "a b A", "a b")]
    [InlineData("keywords:forbidden_words", "{'forbidden_words': ['cat']}", "concatenate", "The Cat!")]
    [InlineData("keywords:letter_frequency", "{'letter': 'q', 'let_frequency': 2, 'let_relation': 'less than'}", "Q", "qQ")]
    [InlineData("language:response_language", "{'language': 'de'}", "Die Katze sitzt auf dem Dach und schläft.", "The cat sits on the roof and sleeps.")]
    [InlineData("length_constraints:number_sentences", "{'num_sentences': 2, 'relation': 'at least'}", "Dr. Who came. He left!", "Dr. Who came")]
    [InlineData("length_constraints:number_paragraphs", "{'num_paragraphs': 2}", "a\n***\nb", "a\n***\n \n***\nb")]
    [InlineData("length_constraints:number_words", "{'num_words': 3, 'relation': 'less than'}", "two words", "three of words")]
    [InlineData("length_constraints:nth_paragraph_first_word", "{'num_paragraphs': 2, 'nth_paragraph': 2, 'first_word': 'Then'}", "a\n\n\"then, b", "a\n\nb")]
    [InlineData("detectable_content:number_placeholders", "{'num_placeholders': 2}", "[name] of [place]", "[name]")]
    [InlineData("detectable_content:postscript", "{'postscript_marker': 'P.P.S'}", "x\nP. P. S. y", "x\nP.S. y")]
    [InlineData("detectable_format:number_bullet_lists", "{'num_bullets': 2}", "* a\n- b", "* a\n** b")]
    [InlineData("detectable_format:constrained_response", "{}", "Well. My answer is no.", "No.")]
    [InlineData("detectable_format:number_highlighted_sections", "{'num_highlights': 2}", "*a* and *b*", "*a* and **")]
    [InlineData("detectable_format:multiple_sections", "{'section_spliter': 'Section', 'num_sections': 2}", "Section 1\na\nSection 2\nb", "Section 1 a")]
    [InlineData("detectable_format:json_format", "{}", "```json\n{\"a\": [1]}\n```", "{'a': 1}")]
    [InlineData("detectable_format:title", "{}", "<<Joy>>\nx", "<< >>\nx")]
    [InlineData("combination:two_responses", "{}", "a\n******\nb", "a\n******\na")]
    [InlineData("combination:repeat_prompt", "{'prompt_to_repeat': 'Say it'}", "say it. It.", "It. Say it")]
    [InlineData("startend:end_checker", "{'end_phrase': 'Any other questions?'}", "x. any other questions?\"", "Any other questions? No.")]
    [InlineData("startend:quotation", "{}", " \"a\" ", "\"a\".")]
    [InlineData("change_case:capital_word_frequency", "{'capital_frequency': 2, 'capital_relation': 'at least'}", "NATO and UN.", "NATO and Un.")]
    [InlineData("change_case:english_capital", "{}", "THIS IS WHAT ALL THE PEOPLE SAY.", "THIS IS what all the people say.")]
    [InlineData("change_case:english_lowercase", "{}", "this is what all the people say.", "das ist, was alle menschen sagen und denken.")]
    [InlineData("punctuation:no_comma", "{}", "a; b", "a, b")]
    public void Instructions_are_followed_or_not(string instruction, string arguments, string followed, string not)
    {
        Assert.Equal([true], Ifeval.Strict(Document(instruction, arguments), followed));
        Assert.Equal([false], Ifeval.Strict(Document(instruction, arguments), not));
        Assert.Equal([false], Ifeval.Strict(Document(instruction, arguments), " \n"));
    }

    [Fact]
    public void Loosely_lines_and_asterisks_may_be_left_out()
    {
        var document = Document("startend:quotation", "{}");
        Assert.Equal([false], Ifeval.Strict(document, "Sure!\n\"a\"\nBye."));
        Assert.Equal([true], Ifeval.Loose(document, "Sure!\n\"a\"\nBye."));
        Assert.Equal([true], Ifeval.Loose(document, "*\"a\"*"));
        var results = Ifeval.Results(document, "Sure!\n\"a\"");
        Assert.Equal(["prompt_level_strict_acc", "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc"], results.Keys);
        Assert.Equal(false, results["prompt_level_strict_acc"]);
        Assert.Equal(true, results["prompt_level_loose_acc"]);
        Assert.Equal(2.0 / 3, Ifeval.InstructionAccuracy([new object?[] { true, false }, new object?[] { true }]), 1e-15);
    }

    [Fact]
    public void Instructions_that_are_unknown_or_incomplete_are_refused()
    {
        Assert.Throws<PythonException>(() => Ifeval.Strict(Document("keywords:rhymes", "{}"), "a"));
        Assert.Throws<PythonException>(() => Ifeval.Strict(Document("keywords:frequency", "{'keyword': 'a'}"), "a"));
    }

    [Theory]
    [InlineData("El gato está durmiendo en la casa de mis padres.", "es")]
    [InlineData("Le chat dort dans la maison de mes parents.", "fr")]
    [InlineData("Il gatto dorme nella casa dei miei genitori.", "it")]
    [InlineData("O gato está dormindo na casa dos meus pais e não quer sair.", "pt")]
    [InlineData("Кошка спит в доме моих родителей.", "ru")]
    [InlineData("Котката спи в къщата на моите родители.", "bg")]
    [InlineData("गाय घास खाती है और दूध देती है।", "hi")]
    [InlineData("పిల్లి ఇంట్లో నిద్రపోతోంది", "te")]
    [InlineData("고양이가 집에서 자고 있어요", "ko")]
    [InlineData("猫は家で寝ています", "ja")]
    [InlineData("گربه در خانه پدر و مادرم می‌خوابد", "fa")]
    [InlineData("Con mèo đang ngủ trong nhà của bố mẹ tôi.", "vi")]
    [InlineData("Paka analala katika nyumba ya wazazi wangu.", "sw")]
    [InlineData("Kissa nukkuu vanhempieni talossa.", "fi")]
    [InlineData("12 + 3", null)]
    public void Languages_are_told(string text, string? language) => Assert.Equal(language, LanguageDetector.Detect(text));

    [Theory]
    [InlineData("Hello there. How are you? Fine!", 3)]
    [InlineData("Mr. Smith paid 3.5 dollars, i.e. too much.", 1)]
    [InlineData("He said \"Stop.\" Then he left.", 2)]
    [InlineData("J. R. R. Tolkien wrote it... and left.", 1)]
    [InlineData("no end\nno break", 1)]
    [InlineData("", 0)]
    public void Sentences_are_counted(string text, int count) => Assert.Equal(count, SentenceSplitter.Split(text).Count);

    [Fact]
    public void Words_stand_apart_from_marks() =>
        Assert.Equal(["They", "'ll", "save", "and", "invest", "more", ",", "ca", "n't", "they", "(", "U.S.", ")", "?"],
            TreebankWords.Split("They'll save and invest more, can't they (U.S.)?"));

    private static Dictionary<string, object?> Document(string instruction, string arguments) => new()
    {
        ["instruction_id_list"] = new object?[] { instruction },
        ["kwargs"] = new object?[] { VectorJson.Value(JsonDocument.Parse(arguments.Replace('\'', '"')).RootElement) },
    };
}
