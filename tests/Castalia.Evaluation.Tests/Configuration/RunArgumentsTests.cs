namespace Castalia.Evaluation.Tests.Configuration;

public sealed class RunArgumentsTests
{
    [Fact]
    public void A_header_goes_to_the_server_and_into_no_file_or_table()
    {
        RunArguments arguments = RunArguments.Read(null, new Dictionary<string, object?>
        {
            ["model"] = "local-completions",
            ["model_args"] = new[] { """{"base_url": "http://127.0.0.1:1/v1/completions", "header": {"X-Key": "secret"}}""" },
            ["tasks"] = new[] { "arc_easy" },
        });
        Assert.Equal("secret", Assert.IsAssignableFrom<IReadOnlyDictionary<string, object?>>(arguments.ModelArguments["header"])["X-Key"]);
        Assert.Equal(["base_url", "header"], arguments.ShownModelArguments.Keys);
        Assert.DoesNotContain("secret", Castalia.Text.Jinja.Python.PythonJson.Dumps(arguments.ShownModelArguments), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Castalia.Text.Jinja.Python.PythonJson.Dumps(arguments.Metadata), StringComparison.Ordinal);
    }
}
