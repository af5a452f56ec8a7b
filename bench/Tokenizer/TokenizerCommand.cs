using System.CommandLine;
using Castalia.Bench.Output;
using Spectre.Console;

namespace Castalia.Bench.Tokenizers;

/// <summary><c>bench tokenizer</c>: how fast text becomes ids, beside the other .NET libraries.</summary>
internal static class TokenizerCommand
{
    public static Command Create()
    {
        Option<string[]> corpus = new("--corpus") { Description = "Documents to encode (.jsonl, .jsonl.zst) in place of the mixed corpus; bench20 where it is at hand, else the mini-Pile.", AllowMultipleArgumentsPerToken = true };
        Option<string[]> vocabularies = new("--vocabularies") { Description = "Which vocabularies.", DefaultValueFactory = _ => Vocabularies.Names, AllowMultipleArgumentsPerToken = true };
        Option<int> rounds = new("--rounds") { Description = "Measured rounds of every side.", DefaultValueFactory = _ => 5 };
        Option<int> threads = new("--threads") { Description = "Threads where all are used.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> alone = new("--alone") { Description = "Leave the peers out." };
        Option<bool> phases = new("--phases") { Description = "Instead show where our own time goes." };
        Option<DirectoryInfo?> verify = new("--verify") { Description = "Instead compare ids with those of HF tokenizers: a folder that holds minipile/ and tokenizers/golden/NAME/corpus_hashes.jsonl." };
        Option<FileInfo?> json = new("--json") { Description = "Also write the figures to this file." };
        Command command = new("tokenizer", "Measures encoding to ids beside Microsoft.ML.Tokenizers and SharpToken.") { corpus, vocabularies, rounds, threads, alone, phases, verify, json };
        command.SetAction(result =>
        {
            if (result.GetValue(verify) is { } folder)
                return CorpusHashes.Verify(folder.FullName);
            BenchCorpus[] corpora = [BenchCorpus.Mixed(result.GetValue(corpus) ?? []), BenchCorpus.Prose()];
            AnsiConsole.WriteLine(Machine.Describe());
            if (result.GetValue(phases))
            {
                Tables.Phases([.. result.GetValue(vocabularies)!.SelectMany(_ => corpora, (name, texts) => EncodingPhases.Measure(texts, name, result.GetValue(rounds)))]);
                return 0;
            }
            List<TokenizerRow> rows = [];
            foreach (string vocabulary in result.GetValue(vocabularies)!)
            {
                foreach (BenchCorpus texts in corpora)
                {
                    AnsiConsole.WriteLine($"{vocabulary} on {texts.Name}: {texts.Texts.Count} documents, {texts.Bytes / 1e6:f1} MB");
                    rows.AddRange(new TokenizerMeasurement(vocabulary, texts, result.GetValue(rounds), result.GetValue(threads), result.GetValue(alone)).Run());
                }
            }
            AnsiConsole.WriteLine($"ids only, sides take rounds in turn, medians of {result.GetValue(rounds)}; all: {result.GetValue(threads)} threads");
            Tables.Tokenizer(rows);
            Tables.WriteJson(result.GetValue(json), new { Machine = Machine.Describe(), Threads = result.GetValue(threads), Rows = rows });
            return 0;
        });
        return command;
    }
}
