namespace Castalia.Evaluation.Tests.Backends.Http;

/// <summary>The harness's model_args.</summary>
public sealed class HttpModelOptionsTests
{
    private static Dictionary<string, object?> Arguments(params (string, object?)[] more)
    {
        var arguments = new Dictionary<string, object?> { ["base_url"] = "http://localhost:8080/v1/completions", ["model"] = "m" };
        foreach ((string name, object? value) in more)
            arguments[name] = value;
        return arguments;
    }

    [Fact]
    public void Reads_texts_and_values()
    {
        HttpModelOptions options = HttpModelOptions.Parse(Arguments(
            ("tokenizer", "folder"), ("tokenizer_backend", "huggingface"), ("tokenized_requests", "False"), ("num_concurrent", "8"), ("max_retries", 5L), ("timeout", "10"),
            ("batch_size", "auto"), ("max_length", 4096L), ("max_gen_toks", "64"), ("eos_string", "<|end|>"), ("header", "{\"X-Key\": \"1\"}"), ("verify_certificate", false), ("seed", "7")));
        Assert.Equal("folder", options.Tokenizer);
        Assert.Equal((true, false, 8, 5, 1, 4096, 64), (options.HasTokenizer, options.TokenizedRequests, options.Concurrent, options.MaxRetries, options.BatchSize, options.MaxLength, options.MaxGenerated));
        Assert.Equal((10.0, "<|end|>", "1", false, 7L), (options.Timeout.TotalSeconds, options.EndString, options.Headers!["X-Key"], options.VerifyCertificate, options.Seed));
        Assert.False(HttpModelOptions.Parse(Arguments(("tokenizer_backend", "None"))).HasTokenizer);
        Assert.Equal("p", HttpModelOptions.Parse(new Dictionary<string, object?> { ["base_url"] = "http://h/", ["pretrained"] = "p" }).Model);
    }

    [Theory]
    [InlineData("num_concurrent", "0")]
    [InlineData("num_concurrent", "many")]
    [InlineData("timeout", "")]
    [InlineData("tokenized_requests", "perhaps")]
    [InlineData("tokenizer_backend", "tiktoken")]
    [InlineData("base_url", "file:///etc/passwd")]
    [InlineData("base_url", "localhost:8080")]
    [InlineData("header", "{\"Authorization\": ")]
    [InlineData("max_length", null)]
    [InlineData("nun_concurrent", "1")]
    public void Names_the_argument_that_is_wrong(string name, string? value)
    {
        var error = Assert.Throws<InputException>(() => HttpModelOptions.Parse(Arguments((name, value))));
        Assert.Equal(("model_args", name), (error.File, error.Place));
    }

    [Fact]
    public void Address_and_model_are_needed()
    {
        Assert.Equal("base_url", Assert.Throws<InputException>(() => HttpModelOptions.Parse(new Dictionary<string, object?> { ["model"] = "m" })).Place);
        Assert.Equal("model", Assert.Throws<InputException>(() => HttpModelOptions.Parse(new Dictionary<string, object?> { ["base_url"] = "http://h/" })).Place);
    }
}
