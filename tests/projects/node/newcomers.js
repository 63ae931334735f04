// Brings newcomers into Rocket.Chat, and tells when they are there. Needs nothing but fetch.

const OVER = new Set(['done', 'error', 'canceled'])

export class ImportFailed extends Error {}

export class Chat {
  constructor(url, headers, { everyS = 5, patienceS = 1500, sleep = waitFor } = {}) {
    this.url = `${url}/api/v1/`
    this.headers = headers
    this.everyS = everyS
    this.patienceS = patienceS
    this.sleep = sleep
  }

  async call(endpoint, body) {
    const answer = await fetch(this.url + endpoint, {
      method: 'POST',
      headers: { ...this.headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    })
    if (!answer.ok) throw new ImportFailed(`${endpoint}: HTTP ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  async logIn(user, password) {
    const { data } = await this.call('login', { user, password })
    this.headers = { 'X-User-Id': data.userId, 'X-Auth-Token': data.authToken }
  }

  /** Imports people, and returns how it ended. */
  async bring(users, tell) {
    await this.call('import.new')
    await this.call('import.addUsers', { users })
    await this.call('import.run')
    return this.wait(tell)
  }

  /** Waits until an import is over, and returns how it ended. */
  async wait(tell = () => {}) {
    let failures = 0
    let still = 0
    let seen
    for (;;) {
      const body = await this.#ask()
      failures = body ? 0 : failures + 1
      if (body) {
        const { completed = 0, error = 0, total = 0 } = body.operation?.count ?? {}
        const progress = { state: body.state, completed: Number(completed), error: Number(error), total: Number(total) }
        if (JSON.stringify(progress) !== seen) {
          seen = JSON.stringify(progress)
          still = 0
          tell(progress)
        }
        if (OVER.has(body.state)) return body.state
      }
      if (still > this.patienceS) throw new ImportFailed(`nothing has moved for ${still} s`)
      const pause = this.everyS * Math.min(2 ** failures, 8)
      still += pause
      await this.sleep(pause)
    }
  }

  async #ask() {
    let answer
    try {
      answer = await fetch(this.url + 'import.status', { headers: this.headers })
      if (answer.status === 200) {
        const body = await answer.json()
        return typeof body?.state === 'string' ? body : undefined
      }
    } catch {
      return undefined // a broken line, or a broken body
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new ImportFailed(`we may not ask any more: HTTP ${answer.status}`)
    }
    return undefined
  }
}

function waitFor(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}
