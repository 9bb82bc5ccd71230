/** Results of MediaPipe's Pose Landmarker as the frames of `/v1/pose/frames`. */

import type { Watcher } from './client'

/** Frames go out by the second, or sooner where a request would grow too large. */
const GATHERED_MS = 1_000
const MOST_FRAMES = 30

export interface Filmed {
  /** The exercise. */
  mediaId: string
  /** Frames are numbered from 0 within it: another film is another session. */
  sessionId?: string
}

/** A PoseLandmarkerResult of @mediapipe/tasks-vision, of which the first person counts. */
export interface PoseResult {
  landmarks: { x: number; y: number; z: number; visibility?: number }[][]
}

/** What else a frame may say. */
export interface PoseExtra {
  pose_confidence?: number
  rep_count?: number
  form_score?: number
  rom_degrees?: number
  active_exercise_phase?: string
  /** Pixels of the picture, `640x480`: without it there are no angles. */
  camera_resolution?: string
  processing_time_ms?: number
}

/** A film of one person under way. */
export interface PoseTrack {
  readonly sessionId: string
  /** One frame, as it was seen now. */
  frame(result: PoseResult, extra?: PoseExtra): void
  /** Sends what has gathered, and ends. */
  end(): void
}

/** Gathers frames; `record` takes a request's worth of them, `ended` is told at the end. */
export function poseTrack(filmed: Filmed, record: (body: object) => void, ended: () => void): PoseTrack & Watcher {
  const sessionId = filmed.sessionId ?? crypto.randomUUID()
  const began = performance.now()
  let number = 0
  let allowed = false
  let frames: object[] = []
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (frames.length && allowed) record({ session_id: sessionId, media_id: filmed.mediaId, frames })
    frames = []
  }

  const stop = (): void => {
    allowed = false
    flush()
  }

  return {
    sessionId,
    frame({ landmarks: [points = []] }, extra) {
      const frame_number = number++
      if (!allowed) return
      const of = (axis: 'x' | 'y' | 'z'): number[] => points.map(point => rounded(point[axis]))
      frames.push({
        frame_number,
        elapsed_ms: Math.round(performance.now() - began),
        landmark_x: of('x'),
        landmark_y: of('y'),
        landmark_z: of('z'),
        landmark_visibility: points.map(({ visibility = 0 }) => Math.min(Math.max(rounded(visibility), 0), 1)),
        landmarks_detected: points.length,
        ...extra,
      })
      if (frames.length < MOST_FRAMES) timer ??= setTimeout(flush, GATHERED_MS)
      else flush()
    },
    end() {
      flush()
      stop()
      ended()
    },
    start() {
      allowed = true
    },
    stop,
    leave: flush,
  }
}

/** A ten-thousandth of the picture is less than a camera sees, and half the bytes. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
