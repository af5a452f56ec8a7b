using Castalia.Text.Decoding;
using Castalia.Text.Normalization;
using Castalia.Text.PostProcessing;
using Castalia.Text.PreTokenization;

namespace Castalia.Text.Training;

/// <summary>What stands around a model that is trained: by the options' pattern, or as another tokenizer has it.</summary>
internal sealed record TrainingParts(Normalizer? Normalizer, PreTokenizer? PreTokenizer, PostProcessor? PostProcessor, Decoder? Decoder)
{
    /// <summary>
    /// What words are made of: bytes, where the pre-tokenizer ends by writing them in the byte-level alphabet; else characters.
    /// </summary>
    public WordUnits Units => PreTokenizerSequence.BeforeByteLevel(PreTokenizer).ByteLevel is null ? WordUnits.Characters : WordUnits.Bytes;

    /// <summary>The parts that options ask for.</summary>
    /// <exception cref="InputException">The template cannot be read.</exception>
    public static TrainingParts Of(TrainerOptions options)
    {
        if (options.Template is not null)
        {
            TokenizerPipeline template = Tokenizer.Load(options.Template).Pipeline;
            return new TrainingParts(template.Normalizer, template.PreTokenizer, template.PostProcessor, template.Decoder);
        }
        return new TrainingParts(
            options.Nfc ? UnicodeFormNormalizer.Nfc() : null,
            options.Pattern == WordPattern.Gpt2
                ? new ByteLevelPreTokenizer(addPrefixSpace: false, trimOffsets: true, useRegex: true)
                : new PreTokenizerSequence([
                    SplitPreTokenizer.Isolating(Cl100kScanner.Pattern),
                    new ByteLevelPreTokenizer(addPrefixSpace: false, trimOffsets: true, useRegex: false)]),
            new ByteLevelPostProcessor(addPrefixSpace: false, trimOffsets: true, useRegex: true),
            new ByteLevelDecoder(addPrefixSpace: false, trimOffsets: true, useRegex: true));
    }

    /// <summary>The post-processor with the ids that its tokens have in a new vocabulary.</summary>
    /// <exception cref="InputException">The vocabulary lacks one of them.</exception>
    public PostProcessor? PostProcessorFor(IReadOnlyDictionary<string, int> ids) => PostProcessor?.WithIds(token => ids.TryGetValue(token, out int id)
        ? id
        : throw new InputException("special tokens", null, $"the template's post-processor puts in \"{token}\", which the new vocabulary lacks.",
            "Give it among the special tokens."));
}
