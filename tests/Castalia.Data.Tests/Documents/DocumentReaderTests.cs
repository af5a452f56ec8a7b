using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Castalia.Testing;
using CsCheck;

namespace Castalia.Data.Tests;

public sealed class DocumentReaderTests
{
    [Fact]
    public void Dolmas_shape_is_read_whole()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.jsonl"], """
            {"id": "x/1", "source": "books", "text": "Été", "added": "2026-01-02T03:04:05Z", "created": "1862-01-01", "version": "v1", "metadata": {"license": "PD", "n": [1, 2]}}
            """);
        Document document = Assert.Single(DocumentReader.Read([folder["a.jsonl"]]));
        Assert.Equal(("x/1", "Été", "books", "2026-01-02T03:04:05Z", "1862-01-01"), (document.Id, document.Text, document.Source, document.Added, document.Created));
        Assert.Equal("PD", document.Metadata!.Value.GetProperty("license").GetString());
    }

    [Fact]
    public void Lm_dataformats_shapes_are_read()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["pile.jsonl"], """
            {"text": "one", "meta": {"pile_set_name": "ArXiv", "path": "p"}}
            "just text"

            {"text": ["two", "parts"], "meta": null}
            """);
        Document[] documents = [.. DocumentReader.Read([folder["pile.jsonl"]])];
        Assert.Equal(["one", "just text", "two\n\nparts"], documents.Select(document => document.Text));
        Assert.Equal(["ArXiv", "pile", "pile"], documents.Select(document => document.Source));
        Assert.Equal(["pile.jsonl:1", "pile.jsonl:2", "pile.jsonl:4"], documents.Select(document => document.Id));
        Assert.Equal("p", documents[0].Metadata!.Value.GetProperty("path").GetString());
    }

    [Fact]
    public void Archives_of_the_real_lm_dataformat_are_read_in_any_number_of_frames()
    {
        Document[] archive = [.. DocumentReader.Read([Fixtures.Path("data", "lmd", "archive")])];
        Document[] frames = [.. DocumentReader.Read([Fixtures.Path("data", "lmd", "multiframe.jsonl.zst")])];
        Assert.Equal(120, archive.Length);
        Assert.Equal(archive.Select(document => document.Text), frames.Select(document => document.Text));
        Assert.All(archive, document => Assert.Equal("StackExchange", document.Source));
        Assert.StartsWith("Q:\n\nCan we get TeX support?", archive[0].Text);
    }

    [Fact]
    public void Plain_zst_and_gz_give_the_same_documents()
    {
        using var folder = new TemporaryFolder();
        Document[] written = [new("1", "a\nb", "s"), new("2", "\u2028 \" \\ 😀", "s", Metadata: JsonSerializer.SerializeToElement(new { k = 1 }))];
        foreach (string ending in DocumentReader.Endings)
            Assert.Equal(2, DocumentWriter.Write(folder["d" + ending], written));
        foreach (string ending in DocumentReader.Endings)
        {
            Document[] read = [.. DocumentReader.Read([folder["d" + ending]])];
            Assert.Equal(written.Select(document => document.Text), read.Select(document => document.Text));
            Assert.Equal("""{"k":1}""", read[1].Metadata!.Value.GetRawText());
        }
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        Gen<string> text = Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Char['\u0000', '\u001f'], Gen.Char['\u00a0', '\ud7ff'], Gen.Char['\ue000', '\uffff']), 0, 200];
        Gen.Select(text, text, text).Array[0, 20].Sample(rows =>
        {
            using var folder = new TemporaryFolder();
            Document[] documents = [.. rows.Select(row => new Document(row.Item1, row.Item2, row.Item3))];
            DocumentWriter.Write(folder["d.jsonl.zst"], documents);
            Assert.Equal(documents, DocumentReader.Read([folder["d.jsonl.zst"]]));
        }, iter: 50);
    }

    [Fact]
    public void Folders_and_globs_come_in_ordinal_order_and_files_once()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "b.jsonl", "B.jsonl", "a10.jsonl", "a9.jsonl", "notes.txt", ".hidden.jsonl" })
            File.WriteAllText(folder[name], "");
        Assert.Equal(["B", "a10", "a9", "b"], DocumentReader.Expand([folder.Path]).Select(DocumentReader.NameOf));
        Assert.Equal(["a10", "a9", "B", "b"], DocumentReader.Expand([folder["a*.jsonl"], folder.Path]).Select(DocumentReader.NameOf));
        Assert.Equal(["a9"], DocumentReader.Expand([folder["a?.jsonl"], folder["a9.jsonl"]]).Select(DocumentReader.NameOf));
    }

    [Theory]
    [InlineData("nowhere.jsonl", "no such file or folder")]
    [InlineData("*.parquet", "no file matches")]
    public void What_stands_for_nothing_is_refused(string path, string problem)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InputException>(() => DocumentReader.Expand([folder[path]]));
        Assert.Contains(problem, error.Message);
        Assert.Equal(folder[path], error.File);
    }

    [Fact]
    public void A_folder_without_documents_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(".jsonl.zst", Assert.Throws<InputException>(() => DocumentReader.Expand([folder.Path])).Message);
    }

    [Theory]
    [InlineData("{\"text\": \"a\"", "broken JSON")]
    [InlineData("{\"id\": \"1\"}", "with a \"text\", found none")]
    [InlineData("{\"text\": 5}", "\"text\" to be a string, found a number")]
    [InlineData("{\"text\": [\"a\", {}]}", "found an object")]
    [InlineData("{\"text\": \"a\", \"source\": []}", "\"source\" to be a string, found an array")]
    [InlineData("{\"text\": \"a\", \"metadata\": \"x\"}", "\"metadata\" to be an object")]
    [InlineData("[1]", "expected a JSON object")]
    [InlineData("{\"text\": \"a\"} {\"text\": \"b\"}", "broken JSON")]
    [InlineData("{\"text\": \"\\ud800\"}", "UTF-8")]
    [InlineData("plain words", "broken JSON")]
    public void A_bad_line_is_named(string line, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["bad.jsonl"], "{\"text\": \"fine\"}\r\n" + line + "\n");
        var error = Assert.Throws<InputException>(() => DocumentReader.Read([folder["bad.jsonl"]]).ToArray());
        Assert.Equal("line 2", error.Place);
        Assert.Contains(problem, error.Problem);
        Assert.Equal(folder["bad.jsonl"], error.File);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["latin.jsonl"], Encoding.Latin1.GetBytes("{\"text\": \"caf\u00e9\"}"));
        var error = Assert.Throws<InputException>(() => DocumentReader.Read([folder["latin.jsonl"]]).ToArray());
        Assert.Equal("line 1", error.Place);
    }

    [Fact]
    public void A_byte_order_mark_and_a_missing_last_line_end_are_no_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["bom.jsonl"], [0xEF, 0xBB, 0xBF, .. "{\"text\":\"a\"}\n{\"text\":\"b\"}"u8]);
        Assert.Equal(["a", "b"], DocumentReader.Read([folder["bom.jsonl"]]).Select(document => document.Text));
    }

    [Fact]
    public void Lines_longer_than_any_buffer_are_read()
    {
        using var folder = new TemporaryFolder();
        string[] texts = [new('x', 300_000), "short", new('y', 131_072), new('z', 5_000_000)];
        DocumentWriter.Write(folder["long.jsonl"], texts.Select((text, i) => new Document($"{i}", text, "s")));
        Assert.Equal(texts, DocumentReader.Read([folder["long.jsonl"]]).Select(document => document.Text));
    }

    [Fact]
    public void A_line_beyond_the_bound_is_refused()
    {
        using var lines = new LineReader(new MemoryStream(new byte[400_000]), "huge.jsonl", 200_000);
        Assert.Equal("line 1", Assert.Throws<InputException>(() => lines.Read()).Place);
    }

    [Theory]
    [InlineData(".jsonl.zst")]
    [InlineData(".jsonl.gz")]
    public void A_truncated_archive_is_an_error_that_names_it(string ending)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        DocumentWriter.Write(folder["d" + ending], Enumerable.Range(0, 2000).Select(i => new Document($"{i}", $"{random.NextInt64()}", "s")));
        byte[] whole = File.ReadAllBytes(folder["d" + ending]);
        File.WriteAllBytes(folder["cut" + ending], whole[..(whole.Length / 2)]);
        var error = Assert.Throws<InputException>(() => DocumentReader.Read([folder["cut" + ending]]).ToArray());
        Assert.Equal(folder["cut" + ending], error.File);
    }

    [Fact]
    public void Gzip_of_many_members_is_read_to_the_end()
    {
        using var folder = new TemporaryFolder();
        using (FileStream file = File.Create(folder["d.jsonl.gz"]))
        {
            foreach (string text in new[] { "a", "b" })
            {
                using var member = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true);
                member.Write(Encoding.UTF8.GetBytes($"{{\"text\":\"{text}\"}}\n"));
            }
        }
        Assert.Equal(["a", "b"], DocumentReader.Read([folder["d.jsonl.gz"]]).Select(document => document.Text));
    }

    [Fact]
    public void A_writer_that_fails_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        static IEnumerable<Document> Failing()
        {
            yield return new Document("1", "a", "s");
            throw new InvalidOperationException("source broke");
        }
        Assert.Throws<InvalidOperationException>(() => DocumentWriter.Write(folder["d.jsonl.zst"], Failing()));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
