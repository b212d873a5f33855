<?php
// Verifies partners' tokens by the published keys.
// PHP 8.1 or later, with the extension curl and phpseclib 3 (composer require phpseclib/phpseclib), which
// reads the keys. Try it: echo "ORGANIZATION_ID TOKEN" | php partner_token.php

declare(strict_types=1);

use phpseclib3\Crypt\PublicKeyLoader;
use phpseclib3\Crypt\RSA;

require getenv('AUTOLOAD') ?: 'vendor/autoload.php';

final class Refused extends Exception {}

/** The published keys. They outlive a request in a file; APCu or Redis will do as well. */
final class Keys
{
    private const LIFE = 300;

    public function __construct(private string $url, private string $cache, private int $cooldown) {}

    public function find(string $kid): RSA\PublicKey
    {
        $known = is_file($this->cache) ? json_decode(file_get_contents($this->cache), true) : null;
        // For an unknown key once a minute at most: anybody can invent one.
        $life = isset($known['keys'][$kid]) ? self::LIFE : $this->cooldown;
        if ($known === null || time() - $known['fetched'] > $life) {
            $known = $this->fetch($known);
            file_put_contents($this->cache . '.new', json_encode($known, JSON_THROW_ON_ERROR));
            rename($this->cache . '.new', $this->cache);
        }
        $key = $known['keys'][$kid] ?? throw new Refused('unknown key');
        $key = PublicKeyLoader::load(json_encode(['keys' => [$key]], JSON_THROW_ON_ERROR));
        return $key->withPadding(RSA::SIGNATURE_PKCS1)->withHash('sha256');
    }

    private function fetch(?array $known): array
    {
        $tag = null;
        $call = curl_init($this->url);
        curl_setopt_array($call, [
            CURLOPT_HTTPHEADER => isset($known['tag']) ? ["if-none-match: {$known['tag']}"] : [],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 10,
            CURLOPT_HEADERFUNCTION => function ($call, string $line) use (&$tag): int {
                if (preg_match('/^etag:\s*(.+?)\s*$/i', $line, $found)) {
                    $tag = $found[1];
                }
                return strlen($line);
            },
        ]);
        $text = curl_exec($call);
        $status = curl_getinfo($call, CURLINFO_RESPONSE_CODE);
        if ($known !== null && $status === 304) {
            return ['fetched' => time()] + $known;
        }
        if ($text === false || $status !== 200) {
            throw new RuntimeException("the keys can't be fetched"); // says nothing of the token: answer 503
        }
        $keys = json_decode($text, true, flags: JSON_THROW_ON_ERROR)['keys'];
        return ['fetched' => time(), 'tag' => $tag, 'keys' => array_column($keys, null, 'kid')];
    }
}

/** Returns the user in whose name the partner acts. */
function verify(Keys $keys, string $token, string $organization): string
{
    $parts = explode('.', $token);
    if (count($parts) !== 3) {
        throw new Refused('not a token');
    }
    [$header, $claims] = array_map(
        fn (string $part) => json_decode(decoded($part), true) ?? throw new Refused('malformed'),
        [$parts[0], $parts[1]],
    );
    // We say which algorithm, not the token.
    if (($header['alg'] ?? '') !== 'RS256' || !is_string($header['kid'] ?? null)) {
        throw new Refused('another algorithm');
    }
    if (!$keys->find($header['kid'])->verify("$parts[0].$parts[1]", decoded($parts[2]))) {
        throw new Refused('wrong signature');
    }
    if (($claims['iss'] ?? '') !== 'postern') {
        throw new Refused('another issuer');
    }
    if (!is_int($claims['exp'] ?? null) || time() >= $claims['exp'] + 60) {
        throw new Refused('expired');
    }
    // There is no audience: the organization says for whom the token is.
    if (($claims['organization_id'] ?? '') !== $organization) {
        throw new Refused("another organization's");
    }
    if (!is_array($claims['scope'] ?? null) || !in_array('create:patient', $claims['scope'], true)) {
        throw new Refused('no scope');
    }
    return $claims['user_id'] ?? throw new Refused('no user');
}

function decoded(string $part): string
{
    $bytes = base64_decode(strtr($part, '-_', '+/'), true);
    return $bytes === false ? throw new Refused('malformed') : $bytes;
}

$cache = getenv('JWKS_CACHE') ?: sys_get_temp_dir() . '/postern-jwks.json';
$keys = new Keys(getenv('POSTERN_API') . '/.well-known/jwks.json', $cache, (int) (getenv('JWKS_COOLDOWN') ?: 60));
while (($line = fgets(STDIN)) !== false) {
    [$organization, $token] = explode(' ', trim($line), 2);
    try {
        $user = verify($keys, $token, $organization);
        echo "ok $user\n";
    } catch (Refused $refusal) {
        echo 'refused ', $refusal->getMessage(), "\n";
    }
}
