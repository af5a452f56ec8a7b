using System.Net;
using System.Security.Cryptography;
using System.Text;
using Castalia.Serving.Api;
using Microsoft.AspNetCore.Http;

namespace Castalia.Serving.Http;

/// <summary>Who may ask.</summary>
/// <param name="options">The key, and where the server listens.</param>
internal sealed class Access(ServingOptions options)
{
    private readonly byte[]? _key = options.ApiKey is { } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;
    private readonly bool _loopbackOnly = IsLoopback(options.Host);

    /// <summary>
    /// Refuses a request that names another host than this machine while the server listens on loopback only: a web page whose name was made to
    /// point here would otherwise be let in by the browser.
    /// </summary>
    public void CheckHost(HttpRequest request)
    {
        if (_loopbackOnly && request.Host.HasValue && !IsLoopback(request.Host.Host))
            throw new ApiException(421, ApiException.InvalidRequest, "This server listens on loopback only and answers requests to localhost alone.", code: "wrong_host");
    }

    /// <summary>Refuses a request without the key. Takes as long for any wrong key.</summary>
    public void CheckKey(HttpRequest request)
    {
        if (_key is null)
            return;
        string given = request.Headers.Authorization.ToString();
        const string Scheme = "Bearer ";
        bool matches = CryptographicOperations.FixedTimeEquals(_key,
            SHA256.HashData(Encoding.UTF8.GetBytes(given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? given[Scheme.Length..].Trim() : "")));
        if (!matches)
        {
            throw new ApiException(401, ApiException.InvalidRequest,
                given.Length == 0 ? "No API key was given; send it as 'Authorization: Bearer KEY'." : "The API key is not the server's.", code: "invalid_api_key");
        }
    }

    /// <summary>Whether a name or address is this machine's own.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
