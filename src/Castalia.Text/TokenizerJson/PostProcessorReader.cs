using Castalia.Text.PostProcessing;

namespace Castalia.Text.TokenizerJson;

/// <summary>Reads the key "post_processor".</summary>
internal static class PostProcessorReader
{
    /// <summary>Reads a post-processor by its type.</summary>
    public static PostProcessor Read(JsonPart part) => part.Type() switch
    {
        "ByteLevel" => ByteLevelPostProcessor.Read(part),
        "TemplateProcessing" => TemplatePostProcessor.Read(part),
        "RobertaProcessing" => RobertaPostProcessor.Read(part),
        "BertProcessing" => BertPostProcessor.Read(part),
        "Sequence" => new PostProcessorSequence([.. part.Get("processors").Items().Select(Read)]),
        string type => throw part.Refuse($"the post-processor {type}",
            "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing, Sequence, null"),
    };
}
