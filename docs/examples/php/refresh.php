<?php
// Keeps a patient's session: one refresh at a time, and a lost answer loses nothing.
// PHP 8.1 or later, with the extension curl. Try it: php refresh.php session.json

declare(strict_types=1);

final class SignInAgain extends Exception {}

/**
 * Where a session lives: here a file, with a lock that all processes see. With a database it is a row,
 * and `SELECT … FOR UPDATE` the lock. `save` returns when it is durable; null deletes.
 */
final class SessionFile
{
    /** @var resource|null */
    private $lock = null;

    public function __construct(private string $path) {}

    public function lock(): void
    {
        $this->lock = fopen($this->path . '.lock', 'c') ?: throw new RuntimeException('no lock file');
        flock($this->lock, LOCK_EX) ?: throw new RuntimeException('no lock');
    }

    public function unlock(): void
    {
        fclose($this->lock);
    }

    public function load(): ?array
    {
        if (!file_exists($this->path)) {
            return null;
        }
        return json_decode(file_get_contents($this->path), true, flags: JSON_THROW_ON_ERROR);
    }

    public function save(?array $session): void
    {
        $mask = umask(0077);
        $file = fopen($this->path . '.new', 'w') ?: throw new RuntimeException('not saved');
        umask($mask);
        $text = json_encode($session, JSON_THROW_ON_ERROR);
        if (fwrite($file, $text) !== strlen($text) || !fsync($file) || !fclose($file)
            || !rename($this->path . '.new', $this->path)) {
            throw new RuntimeException('not saved');
        }
    }
}

final class Tokens
{
    public function __construct(private SessionFile $store, private string $api, private string $apiKey) {}

    /** Others wait for the lock, and find what the first one stored. */
    public function accessToken(): string
    {
        $this->store->lock();
        try {
            $session = $this->store->load() ?? throw new SignInAgain('there is no session');
            if (!isset($session['pending']) && microtime(true) * 1000 < $session['refreshAt']) {
                return $session['accessToken'];
            }
            return $this->rotate($session);
        } finally {
            $this->store->unlock();
        }
    }

    private function rotate(array $session): string
    {
        // Before the call: after a crash the next try is the same call.
        $session['pending'] ??= ['token' => $session['refreshToken'], 'key' => bin2hex(random_bytes(16))];
        $this->store->save($session);
        for ($attempt = 0; $attempt < 5; $attempt++) {
            [$status, $retryAfter, $body] = $this->ask($session['pending']);
            if ($status === 200) {
                // Before the use of the answer: the old refresh token is dead.
                $this->store->save([
                    'accessToken' => $body['accessToken'],
                    'refreshToken' => $body['refreshToken'],
                    'refreshAt' => microtime(true) * 1000 + ($body['expiresIn'] - 90) * 1000,
                ]);
                return $body['accessToken'];
            }
            if ($status === 401) {
                $this->store->save(null);
                throw new SignInAgain($body['code'] ?? '');
            }
            if ($status !== 0 && $status !== 429 && $status < 500) {
                throw new RuntimeException("refresh: $status"); // our request is wrong
            }
            sleep($retryAfter ?: 2 ** $attempt);
        }
        throw new RuntimeException('refresh: no answer; the next call tries again with the same key');
    }

    /** Returns status, Retry-After and body; a status of 0 is no answer, or half of one. */
    private function ask(array $pending): array
    {
        $retryAfter = 0;
        $call = curl_init($this->api . '/api/v1/users/auth/refresh-token');
        curl_setopt_array($call, [
            CURLOPT_POSTFIELDS => json_encode(['refresh_token' => $pending['token']], JSON_THROW_ON_ERROR),
            CURLOPT_HTTPHEADER => [
                "cv-api-key: {$this->apiKey}",
                'content-type: application/json',
                "idempotency-key: {$pending['key']}",
            ],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 10,
            CURLOPT_HEADERFUNCTION => function ($call, string $line) use (&$retryAfter): int {
                if (preg_match('/^retry-after:\s*(\d+)/i', $line, $found)) {
                    $retryAfter = (int) $found[1];
                }
                return strlen($line);
            },
        ]);
        $text = curl_exec($call);
        $status = $text === false ? 0 : curl_getinfo($call, CURLINFO_RESPONSE_CODE);
        $body = json_decode((string) $text, true);
        return $status === 200 && !isset($body['refreshToken']) ? [0, 0, null] : [$status, $retryAfter, $body];
    }
}

$tokens = new Tokens(new SessionFile($argv[1]), getenv('POSTERN_API'), getenv('POSTERN_API_KEY'));
try {
    echo $tokens->accessToken(), "\n";
} catch (SignInAgain) {
    echo "sign in again\n";
    exit(3);
}
