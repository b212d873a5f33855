// Verifies partners' tokens by the published keys, for programs without a JWT library.
// .NET 6 or later, or Mono 6, with Newtonsoft.Json. Try it: echo "ORGANIZATION_ID TOKEN" | PartnerToken

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public sealed class RefusedException : Exception
{
    public RefusedException(string why) : base(why) { }
}

/// <summary>The published keys, by their kid.</summary>
public sealed class Keys
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim one = new SemaphoreSlim(1);
    private readonly HttpClient client;
    private readonly Uri address;
    private readonly TimeSpan cooldown;
    private Dictionary<string, RSAParameters> keys = new Dictionary<string, RSAParameters>();
    private EntityTagHeaderValue tag;
    private DateTimeOffset fetched = DateTimeOffset.MinValue;

    public Keys(HttpClient client, Uri address, TimeSpan cooldown)
    {
        this.client = client;
        this.address = address;
        this.cooldown = cooldown;
    }

    public async Task<RSAParameters> Find(string kid)
    {
        await one.WaitAsync();
        try
        {
            // For an unknown key once a minute at most: anybody can invent one.
            var life = keys.ContainsKey(kid) ? Life : cooldown;
            if (DateTimeOffset.UtcNow - fetched > life)
            {
                await Fetch();
            }
            return keys.ContainsKey(kid) ? keys[kid] : throw new RefusedException("unknown key");
        }
        finally
        {
            one.Release();
        }
    }

    private async Task Fetch()
    {
        using (var request = new HttpRequestMessage(HttpMethod.Get, address))
        {
            if (tag != null)
            {
                request.Headers.IfNoneMatch.Add(tag);
            }
            using (var answer = await client.SendAsync(request))
            {
                if (answer.StatusCode != HttpStatusCode.NotModified)
                {
                    answer.EnsureSuccessStatusCode();
                    var set = JObject.Parse(await answer.Content.ReadAsStringAsync());
                    keys = set["keys"].Where(key => (string)key["kty"] == "RSA").ToDictionary(
                        key => (string)key["kid"],
                        key => new RSAParameters
                        {
                            Modulus = Base64Url.Decode((string)key["n"]),
                            Exponent = Base64Url.Decode((string)key["e"]),
                        });
                    tag = answer.Headers.ETag;
                }
                fetched = DateTimeOffset.UtcNow;
            }
        }
    }
}

public static class Base64Url
{
    public static byte[] Decode(string text)
    {
        text = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
    }
}

public static class PartnerToken
{
    /// <summary>
    /// Returns the user in whose name the partner acts. An HttpRequestException says nothing of the token:
    /// answer 503.
    /// </summary>
    public static async Task<string> Verify(Keys keys, string token, string organization)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            throw new RefusedException("not a token");
        }
        JObject header, claims;
        byte[] signature;
        try
        {
            header = Json(parts[0]);
            claims = Json(parts[1]);
            signature = Base64Url.Decode(parts[2]);
        }
        catch (Exception error) when (error is FormatException || error is JsonException)
        {
            throw new RefusedException("malformed");
        }
        // We say which algorithm, not the token.
        if (Text(header, "alg") != "RS256")
        {
            throw new RefusedException("another algorithm");
        }
        var key = await keys.Find(Text(header, "kid"));
        using (var rsa = RSA.Create())
        {
            rsa.ImportParameters(key);
            var signed = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
            if (!rsa.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            {
                throw new RefusedException("wrong signature");
            }
        }
        if (Text(claims, "iss") != "postern")
        {
            throw new RefusedException("another issuer");
        }
        var expiry = claims["exp"]?.Type == JTokenType.Integer ? (long)claims["exp"] : 0;
        if (DateTimeOffset.UtcNow.ToUnixTimeSeconds() >= expiry + 60)
        {
            throw new RefusedException("expired");
        }
        // There is no audience: the organization says for whom the token is.
        if (Text(claims, "organization_id") != organization)
        {
            throw new RefusedException("another organization's");
        }
        if (!(claims["scope"] is JArray scopes) || scopes.All(scope => (string)scope != "create:patient"))
        {
            throw new RefusedException("no scope");
        }
        return Text(claims, "user_id");
    }

    private static JObject Json(string part) => JObject.Parse(Encoding.UTF8.GetString(Base64Url.Decode(part)));

    private static string Text(JObject from, string name) =>
        from[name]?.Type == JTokenType.String ? (string)from[name] : throw new RefusedException("no " + name);

    public static int Main() => Run().GetAwaiter().GetResult();

    private static async Task<int> Run()
    {
        var cooldown = Environment.GetEnvironmentVariable("JWKS_COOLDOWN") ?? "60";
        var keys = new Keys(
            new HttpClient { Timeout = TimeSpan.FromSeconds(10) },
            new Uri(Environment.GetEnvironmentVariable("POSTERN_API") + "/.well-known/jwks.json"),
            TimeSpan.FromSeconds(int.Parse(cooldown)));
        for (var line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            var words = line.Split(new[] { ' ' }, 2);
            try
            {
                Console.WriteLine("ok " + await Verify(keys, words[1], words[0]));
            }
            catch (RefusedException refusal)
            {
                Console.WriteLine("refused " + refusal.Message);
            }
        }
        return 0;
    }
}
