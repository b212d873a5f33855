// Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.
// .NET 6 or later, or Mono 6, with Newtonsoft.Json. Try it: Refresh session.json

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

public sealed class Pending
{
    [JsonProperty("token")] public string Token;
    [JsonProperty("key")] public string Key;
}

public sealed class Session
{
    [JsonProperty("accessToken")] public string AccessToken;
    [JsonProperty("refreshToken")] public string RefreshToken;
    /// <summary>Milliseconds since 1970.</summary>
    [JsonProperty("refreshAt")] public double RefreshAt;
    /// <summary>Asked for, and its answer isn't stored yet.</summary>
    [JsonProperty("pending")] public Pending Pending;
}

/// <summary>Where a session lives: a row of your database, say. Save returns when it is durable; null deletes.</summary>
public interface IStore
{
    Session Load();
    void Save(Session session);
}

public sealed class SignInAgainException : Exception
{
    public SignInAgainException(string why) : base(why) { }
}

/// <summary>One for each session, shared by all callers. Several processes need a lock that all of them see.</summary>
public sealed class Tokens
{
    private readonly SemaphoreSlim one = new SemaphoreSlim(1);
    private readonly HttpClient client;
    private readonly IStore store;
    private readonly string api;
    private readonly string apiKey;

    public Tokens(HttpClient client, IStore store, string api, string apiKey)
    {
        this.client = client;
        this.store = store;
        this.api = api;
        this.apiKey = apiKey;
    }

    /// <summary>Others wait, and find what the first one stored.</summary>
    public async Task<string> AccessToken()
    {
        await one.WaitAsync();
        try
        {
            var session = store.Load() ?? throw new SignInAgainException("there is no session");
            if (session.Pending == null && Now() < session.RefreshAt)
            {
                return session.AccessToken;
            }
            return await Rotate(session);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<string> Rotate(Session session)
    {
        // Before the call: after a crash the next try is the same call.
        session.Pending = session.Pending
            ?? new Pending { Token = session.RefreshToken, Key = Guid.NewGuid().ToString() };
        store.Save(session);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var wait = TimeSpan.FromSeconds(1 << attempt);
            try
            {
                using (var answer = await Ask(session.Pending))
                {
                    var status = (int)answer.StatusCode;
                    if (status == 200)
                    {
                        var body = JObject.Parse(await answer.Content.ReadAsStringAsync());
                        var next = new Session
                        {
                            AccessToken = (string)body["accessToken"],
                            RefreshToken = (string)body["refreshToken"],
                            RefreshAt = Now() + ((double)body["expiresIn"] - 90) * 1000,
                        };
                        // Before the use of the answer: the old refresh token is dead.
                        store.Save(next);
                        return next.AccessToken;
                    }
                    if (status == 401)
                    {
                        store.Save(null);
                        throw new SignInAgainException("the session has ended");
                    }
                    if (status != 429 && status < 500)
                    {
                        throw new InvalidOperationException("refresh: " + status); // our request is wrong
                    }
                    wait = answer.Headers.RetryAfter?.Delta ?? wait;
                }
            }
            // Lost, late or cut off: the same again.
            catch (HttpRequestException) { }
            catch (OperationCanceledException) { }
            catch (JsonException) { }
            await Task.Delay(wait);
        }
        throw new TimeoutException("refresh: no answer; the next call tries again with the same key");
    }

    private async Task<HttpResponseMessage> Ask(Pending pending)
    {
        var body = new JObject { ["refresh_token"] = pending.Token }.ToString(Formatting.None);
        using (var request = new HttpRequestMessage(HttpMethod.Post, api + "/api/v1/users/auth/refresh-token"))
        {
            request.Headers.Add("cv-api-key", apiKey);
            request.Headers.Add("idempotency-key", pending.Key);
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            return await client.SendAsync(request);
        }
    }

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}

public sealed class InFile : IStore
{
    private readonly string path;

    public InFile(string path) { this.path = path; }

    public Session Load() =>
        File.Exists(path) ? JsonConvert.DeserializeObject<Session>(File.ReadAllText(path)) : null;

    public void Save(Session session)
    {
        var text = Encoding.UTF8.GetBytes(JsonConvert.SerializeObject(session));
        using (var file = new FileStream(path + ".new", FileMode.Create))
        {
            file.Write(text, 0, text.Length);
            file.Flush(true);
        }
        if (File.Exists(path)) { File.Replace(path + ".new", path, null); }
        else { File.Move(path + ".new", path); }
    }
}

public static class Program
{
    public static int Main(string[] arguments) => Run(arguments).GetAwaiter().GetResult();

    private static async Task<int> Run(string[] arguments)
    {
        var tokens = new Tokens(
            new HttpClient { Timeout = TimeSpan.FromSeconds(10) },
            new InFile(arguments[0]),
            Environment.GetEnvironmentVariable("POSTERN_API"),
            Environment.GetEnvironmentVariable("POSTERN_API_KEY"));
        var callers = arguments.Length > 1 ? int.Parse(arguments[1]) : 1;
        try
        {
            var answers = Enumerable.Range(0, callers).Select(_ => tokens.AccessToken());
            foreach (var token in await Task.WhenAll(answers))
            {
                Console.WriteLine(token);
            }
            return 0;
        }
        catch (SignInAgainException)
        {
            Console.WriteLine("sign in again");
            return 3;
        }
    }
}
