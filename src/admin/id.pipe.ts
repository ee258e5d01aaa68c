import { Injectable, type PipeTransform } from '@nestjs/common';
import { validate } from 'uuid';
import { DomainError } from '../common/domain-error.js';

/** What is no id names nothing: 404, as for an id that nobody has. */
@Injectable()
export class IdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!validate(id)) throw new DomainError('not-found', 'There is nothing with that id.');
    return id.toLowerCase();
  }
}
