namespace Castalia.Text.Jinja.Python;

/// <summary>What an unknown name, key or attribute gives: an error when used, or nothing at all, as the options say.</summary>
/// <param name="description">What was looked for: <c>'x' is undefined</c>.</param>
/// <param name="strict">Whether any use is an error.</param>
internal sealed class JinjaUndefined(string description, bool strict)
{
    public PythonException Error => new($"UndefinedError: {description}");

    /// <summary>Passes where the value may be taken for nothing; throws where the options are strict.</summary>
    public void Use()
    {
        if (strict)
            throw Error;
    }
}
