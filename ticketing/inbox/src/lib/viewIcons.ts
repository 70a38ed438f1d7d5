/** The icons a view may have, by the names the desk keeps. */
import { Clock, Droplet, Flag, List, MapPin, Phone, ReceiptText, Star, Tag, Users, Zap } from '@lucide/vue'
import type { Component } from 'vue'
import type { StatusColor } from '@/api/types'

export const ICONS: Record<string, Component> = { list: List, flag: Flag, star: Star, clock: Clock, users: Users, tag: Tag, zap: Zap, droplet: Droplet, receipt: ReceiptText, phone: Phone, map: MapPin }
export const TONES: Record<StatusColor, string> = { neutral: 'text-ink-soft', accent: 'text-accent-ink', note: 'text-note-ink', success: 'text-success', warning: 'text-warning', danger: 'text-danger' }
