namespace Castalia.Text.Jinja.Python;

/// <summary>An operation that Python would answer with an exception of its own; the message starts with that exception's name.</summary>
/// <param name="message">Python's name for the error and what is wrong.</param>
public sealed class PythonException(string message) : Exception(message);
