using System.Security.Cryptography;

namespace Castalia.Text.Tests.TokenizerJson;

/// <summary>What is written is what HF tokenizers writes.</summary>
public sealed class TokenizerJsonWriterTests
{
    // SHA-256 of what HF tokenizers 0.23.2 saves after loading the same file (Tokenizer.save(path, pretty)).
    [Theory]
    [InlineData("gpt2", "66e4a08a9d370a69df88e0f0358787aa102db5687a2f0acbca783d90b0c40d3c")]
    [InlineData("gpt-neox-20b", "6b39e1848d110a9618e6f6ba92013e613ea59efd198c117ebaa09f9bf2dcdec6")]
    [InlineData("dolma2", "73fd5254624f39a88e3faac6a8e11300fc3c735ed37880d4f4f08db898eaecca")]
    public void A_tokenizer_is_saved_to_the_byte_as_HF_saves_it(string name, string sha256) =>
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(TokenizerFixtures.Load(name).ToJson())));
}
