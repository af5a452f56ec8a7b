using System.Text.Json;
using Castalia.Formats;
using Castalia.Testing;
using Castalia.Text;
using Castalia.Text.Chat;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class SupervisedPackerTests : IDisposable
{
    private const string Turns = "{% for message in messages %}<{{ message.role }}>{{ message.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private readonly TemporaryFolder _folder = new();
    private readonly Tokenizer _tokenizer;

    public SupervisedPackerTests()
    {
        TinyTokenizer.Write(_folder["tokenizer.json"]);
        _tokenizer = Tokenizer.Load(_folder["tokenizer.json"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_a_prompt_and_its_completion_the_completion_and_its_end_are_learned()
    {
        SupervisedReport report = Pack(new { prompt = "the cat", completion = " sat" }, new { prompt = "", completion = "the" });
        Assert.Equal(("the cat sat<|endoftext|>", " sat<|endoftext|>"), Row(0));
        // The first token follows nothing, so there is nothing to tell it from.
        Assert.Equal(("the<|endoftext|>", "<|endoftext|>"), Row(1));
        Assert.Equal((2L, 2L, 0L, 0L, 0L), (report.Sets[0].Examples, report.Sets[0].Rows, report.Sets[0].Cut, report.Sets[0].DroppedTooLong, report.Sets[0].DroppedNothingToLearn));

        Pack(Options() with { AppendEndOfText = false }, new { prompt = "the cat", completion = " sat" });
        Assert.Equal(("the cat sat", " sat"), Row(0));
        Pack(new { prompt = "the cat", completion = " sat<|endoftext|>" });
        Assert.Equal(("the cat sat<|endoftext|>", " sat<|endoftext|>"), Row(0));
    }

    [Fact]
    public void Of_a_conversation_every_answer_is_learned_or_the_last()
    {
        object chat = Chat("system:be", "user:a?", "assistant:one", "user:b?", "assistant:two", "user:c?");
        Pack(Options() with { Template = Template(Turns) }, chat);
        Assert.Equal(("<system>be\n<user>a?\n<assistant>one\n<user>b?\n<assistant>two\n<|endoftext|>", "one\ntwo\n<|endoftext|>"), Row(0));
        Pack(Options() with { Template = Template(Turns), TrainOn = TrainOn.Last }, chat);
        Assert.Equal(("<system>be\n<user>a?\n<assistant>one\n<user>b?\n<assistant>two\n<|endoftext|>", "two\n<|endoftext|>"), Row(0));

        // A template that ends turns by a special token needs no other end.
        string ending = Turns.Replace("\n{% endfor", "<|endoftext|>\n{% endfor", StringComparison.Ordinal);
        Pack(Options() with { Template = Template(ending) }, Chat("user:a?", "assistant:one"));
        Assert.Equal(("<user>a?<|endoftext|>\n<assistant>one<|endoftext|>\n", "one<|endoftext|>\n"), Row(0));
    }

    [Fact]
    public void In_any_conversation_what_is_learned_is_what_the_assistant_says()
    {
        Gen<string> words = Gen.Char['a', 'z'].Array[0, 12].Select(letters => new string(letters));
        Gen.Select(Gen.Bool.Select(first => first ? "user" : "assistant"), words).Array[1, 9].Sample(turns =>
        {
            object line = new { messages = turns.Select(turn => new { role = turn.Item1, content = turn.Item2 }) };
            string[] answers = [.. turns.Where(turn => turn.Item1 == "assistant").Select(turn => turn.Item2 + "\n")];
            SupervisedOptions options = Options() with { Template = Template(Turns), AppendEndOfText = false, SequenceLength = 1024 };
            if (answers.Length == 0)
            {
                Assert.Contains("none of its messages is the assistant's", Assert.Throws<InputException>(() => Pack(options, line)).Problem, StringComparison.Ordinal);
                return;
            }
            Pack(options, line);
            Assert.Equal(string.Concat(answers), Row(0).Learned);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Instructions_are_turns_where_there_is_a_template_and_have_headings_where_there_is_none()
    {
        object[] lines = [new { instruction = "add", input = "1 2", output = "3" }, new { instruction = "greet", output = "hi" }];
        Pack(Options() with { Template = Template(Turns) }, lines);
        Assert.Equal(("<user>add\n\n1 2\n<assistant>3\n<|endoftext|>", "3\n<|endoftext|>"), Row(0));
        Pack(lines);
        Assert.Equal(("### Instruction:\nadd\n\n### Input:\n1 2\n\n### Response:\n3<|endoftext|>", "3<|endoftext|>"), Row(0));
        Assert.Equal(("### Instruction:\ngreet\n\n### Response:\nhi<|endoftext|>", "hi<|endoftext|>"), Row(1));
    }

    [Fact]
    public void What_is_longer_than_a_row_is_cut_or_left_out_and_counted()
    {
        object[] lines =
        [
            new { prompt = "xyz", completion = "qrstuvw" }, // 10 tokens of a letter, and the end
            new { prompt = "xyzxyzxyz", completion = "q" },
            new { prompt = "x", completion = "q" },
            new { prompt = "x", completion = "" },
        ];
        SupervisedOptions options = Options() with { SequenceLength = 7 };
        SupervisedSet right = Pack(options, lines).Sets[0];
        Assert.Equal([("xyzqrstu", "qrstu"), ("xq<|endoftext|>", "q<|endoftext|>")], Rows());
        Assert.Equal((4L, 2L, 1L, 0L, 2L), (right.Examples, right.Rows, right.Cut, right.DroppedTooLong, right.DroppedNothingToLearn));

        SupervisedSet left = Pack(options with { TooLong = TooLong.CutLeft }, lines).Sets[0];
        Assert.Equal([("qrstuvw<|endoftext|>", "rstuvw<|endoftext|>"), ("xyzxyzq<|endoftext|>", "q<|endoftext|>")], Rows()[..2]);
        Assert.Equal((4L, 3L, 2L, 0L, 1L), (left.Examples, left.Rows, left.Cut, left.DroppedTooLong, left.DroppedNothingToLearn));

        SupervisedSet drop = Pack(options with { TooLong = TooLong.Drop, AppendEndOfText = false }, lines).Sets[0];
        Assert.Equal([("xq", "q")], Rows());
        Assert.Equal((4L, 1L, 0L, 2L, 1L), (drop.Examples, drop.Rows, drop.Cut, drop.DroppedTooLong, drop.DroppedNothingToLearn));
        Assert.Equal((2L, 1L), (drop.Tokens, drop.LearnedTokens));

        InputException nothing = Assert.Throws<InputException>(() => Pack(options with { TooLong = TooLong.Drop }, lines[0]));
        Assert.Contains("none is left to learn from: 1 too long", nothing.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_are_filled_greedily_where_that_is_wanted()
    {
        object[] lines = [new { prompt = "x", completion = "q" }, new { prompt = "y", completion = "rs" }, new { prompt = "z", completion = "tuvw" }];
        SupervisedReport report = Pack(Options() with { SequenceLength = 7, Packing = RowPacking.Greedy }, lines);
        Assert.Equal([("xq<|endoftext|>yrs<|endoftext|>", "q<|endoftext|>rs<|endoftext|>"), ("ztuvw<|endoftext|>", "tuvw<|endoftext|>")], Rows());
        Assert.Equal((3L, 2L), (report.Sets[0].Examples, report.Sets[0].Rows));
        Assert.Equal(report.Sets[0], SupervisedReport.Load(_folder["out"]).Sets[0]);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        var random = new Random(3);
        object[] lines = [.. Enumerable.Range(0, 3000).Select(i => (object)new { prompt = new string('x', random.Next(200)), completion = new string('q', 1 + random.Next(300)) })];
        byte[][] first = Files(1), second = Files(5);
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First, pair.Second));

        byte[][] Files(int threads)
        {
            Pack(Options() with { SequenceLength = 512, Threads = threads, Packing = RowPacking.Greedy }, lines);
            return [.. Directory.EnumerateFiles(_folder["out"]).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        }
    }

    [Fact]
    public void A_template_that_rewrites_what_was_said_serves_for_the_last_answer_only()
    {
        // Thoughts of earlier answers are left out, as several models' templates do.
        const string Forgetful = "{% for message in messages %}<{{ message.role }}>{% if loop.last or message.role != 'assistant' %}{{ message.content }}{% else %}...{% endif %}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
        object chat = Chat("user:a?", "assistant:one", "user:b?", "assistant:two");
        InputException error = Assert.Throws<InputException>(() => Pack(Options() with { Template = Template(Forgetful) }, chat));
        Assert.Contains("writes the beginning of a conversation otherwise", error.Problem, StringComparison.Ordinal);
        Assert.Contains("train_on: last", error.Remedy, StringComparison.Ordinal);
        Assert.Equal("line 1", error.Place);
        Pack(Options() with { Template = Template(Forgetful), TrainOn = TrainOn.Last }, chat);
        Assert.Equal("two<|endoftext|>", Row(0).Learned);
    }

    [Theory]
    [InlineData("""{"text": "a"}""", "none of the keys")]
    [InlineData("""{"prompt": "a"}""", "no \"completion\"")]
    [InlineData("""{"prompt": 1, "completion": "b"}""", "expected \"prompt\" to be a text, found number")]
    [InlineData("""{"instruction": "a", "input": [], "output": "b"}""", "expected \"input\" to be a text, found a list of 0")]
    [InlineData("""{"instruction": "a"}""", "no \"output\"")]
    [InlineData("""{"messages": []}""", "a list of 1 to 10000 messages")]
    [InlineData("""{"messages": "a"}""", "a list of 1 to 10000 messages")]
    [InlineData("""{"messages": ["a"]}""", "every message to be an object, found string")]
    [InlineData("""{"messages": [{"role": "user"}]}""", "no \"content\"")]
    [InlineData("""{"messages": [{"role": "user", "content": null}]}""", "expected \"content\" to be a text, found null")]
    [InlineData("""[1]""", "expected a JSON object, found Array")]
    [InlineData("""{"prompt": "a", """, "broken JSON")]
    [InlineData("""{"prompt": "\ud800", "completion": "b"}""", "expected UTF-8 text")]
    public void A_line_that_is_no_example_is_named(string line, string problem)
    {
        File.WriteAllText(_folder["data.jsonl"], """{"prompt": "a", "completion": "b"}""" + "\n\n" + line + "\n");
        InputException error = Assert.Throws<InputException>(() => SupervisedPacker.Pack(Options() with { Template = Template(Turns) }, [("train", [_folder["data.jsonl"]])], _folder["out"]));
        Assert.Equal((_folder["data.jsonl"], "line 3"), (error.File, error.Place));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["out", "train.idx"]));
    }

    [Fact]
    public void What_the_template_refuses_is_said_with_the_line()
    {
        InputException none = Assert.Throws<InputException>(() => Pack(Chat("user:a", "assistant:b")));
        Assert.Contains("no chat template", none.Problem, StringComparison.Ordinal);
        InputException refused = Assert.Throws<InputException>(() => Pack(Options() with { Template = Template("{{ raise_exception('only angels may speak') }}") }, Chat("user:a", "assistant:b")));
        Assert.Equal("line 1", refused.Place);
        Assert.Contains("only angels may speak", refused.Problem, StringComparison.Ordinal);
    }

    private static ChatTemplate Template(string text) => ChatTemplate.Parse(text, "template");

    private static object Chat(params string[] turns) =>
        new { messages = turns.Select(turn => new { role = turn[..turn.IndexOf(':', StringComparison.Ordinal)], content = turn[(turn.IndexOf(':', StringComparison.Ordinal) + 1)..] }) };

    private SupervisedOptions Options() => new() { Tokenizer = _tokenizer, SequenceLength = 128 };

    private SupervisedReport Pack(params object[] lines) => Pack(Options(), lines);

    private SupervisedReport Pack(SupervisedOptions options, params object[] lines)
    {
        File.WriteAllLines(_folder["data.jsonl"], lines.Select(line => JsonSerializer.Serialize(line)));
        return SupervisedPacker.Pack(options, [("train", [_folder["data.jsonl"]])], _folder["out"]);
    }

    private (string All, string Learned)[] Rows()
    {
        using MegatronDataset tokens = MegatronDataset.Open(_folder["out", "train"]);
        return [.. Enumerable.Range(0, (int)tokens.Count).Select(Row)];
    }

    private (string All, string Learned) Row(int row)
    {
        using MegatronDataset tokens = MegatronDataset.Open(_folder["out", "train"]), labels = MegatronDataset.Open(_folder["out", "train_label"]);
        Assert.Equal((MegatronDType.UInt16, MegatronDType.Int32), (tokens.DType, labels.DType));
        int[] all = tokens.Tokens(row), learned = labels.Tokens(row);
        Assert.Equal(all.Length, learned.Length);
        Assert.Equal(-100, learned[0]);
        Assert.All(all.Zip(learned), pair => Assert.True(pair.Second == -100 || pair.Second == pair.First));
        return (_tokenizer.Decode(all), _tokenizer.Decode([.. learned.Where(label => label != -100)]));
    }
}
